// Package sentiment scores what a party said between -1 (negative) and 1 (positive),
// in English and Chinese, and shows the words that decided.
//
// It is a linear model over n-grams: of words (one to three, with a mark on what
// follows a negation) in English, of characters (one to three) in Chinese. A text's
// score is tanh(z/2) with z = bias + Σ weights of its n-grams / √(number of n-grams
// known), the logistic scale mapped to [-1, 1]. Linear models can be read: Score
// returns the n-grams that weighed most.
//
// The weights are shipped (en.bin, zh.bin), the training texts are not; MODEL.md
// says what they were, how well the models do and where they fail. `go run
// ./speech/sentiment/train` makes them.
//
// Guarantees: the same text gives the same score; a text without a known n-gram is
// neutral with no evidence; no text is kept.
package sentiment
