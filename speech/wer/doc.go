// Package wer measures how well a transcript matches what was said.
//
// The word error rate is (substitutions + deletions + insertions) / words of the
// reference, after both texts went through Normalise, the usual English one: lower
// case, no punctuation, numbers as words, titles and currency signs spoken out, one
// spelling for British and American forms, hesitations dropped. Rates of several
// utterances are pooled: errors are added, then divided once.
package wer
