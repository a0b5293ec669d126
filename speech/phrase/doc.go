// Package phrase is the language in which one says what was said.
//
// A *text* asks one turn:
//
//	cancel my account            all three words, anywhere
//	"cancel my account"          the phrase
//	cancel NEAR/5 account        at most 5 words between them, either order
//	(refund OR "money back") AND NOT thanks
//	cancle~                      one letter may differ, two in words of 8 letters or more
//
// A *rule* asks a whole call:
//
//	customer said ("cancel" NEAR/5 "account") in first 60s AND NOT agent said "retention offer"
//
// Words are compared without case; apostrophes belong to words; a Chinese character
// is a word of its own, so that "退款" is the phrase of its two characters.
//
// Search compiles a text to a query of its index and lets Match decide; the live
// matcher gives a rule the turns as they come. Both read the same tree, so they
// agree.
package phrase
