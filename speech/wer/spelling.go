package wer

import "strings"

// american returns the American spelling of a word. Only patterns without common
// exceptions and a list of frequent words: both sides go through it, so what is
// missing costs an error, and what is wrong cannot.
func american(w string) string {
	if s, ok := spellings[w]; ok {
		return s
	}
	for _, p := range patterns {
		stem, ok := strings.CutSuffix(w, p.british)
		if ok && len(stem) >= p.stem {
			return stem + p.american
		}
	}
	return w
}

// patterns are endings, with the least length of what comes before.
var patterns = []struct {
	british, american string
	stem              int
}{
	{"isation", "ization", 3}, {"isations", "izations", 3},
	{"avour", "avor", 1}, {"avours", "avors", 1}, {"avoured", "avored", 1}, {"avouring", "avoring", 1}, {"avourite", "avorite", 1}, {"avourable", "avorable", 1},
	{"olour", "olor", 1}, {"olours", "olors", 1}, {"oloured", "olored", 1}, {"olouring", "oloring", 1}, {"olourless", "olorless", 1},
	{"onour", "onor", 1}, {"onours", "onors", 1}, {"onoured", "onored", 1}, {"onourable", "onorable", 1},
	{"umour", "umor", 1}, {"umours", "umors", 1}, {"abour", "abor", 1}, {"abours", "abors", 1}, {"aboured", "abored", 1}, {"abourer", "aborer", 1},
	{"eighbour", "eighbor", 1}, {"eighbours", "eighbors", 1}, {"eighbouring", "eighboring", 1}, {"eighbourhood", "eighborhood", 1},
}

var spellings = map[string]string{
	"realise": "realize", "realised": "realized", "realising": "realizing", "recognise": "recognize", "recognised": "recognized",
	"organise": "organize", "organised": "organized", "apologise": "apologize", "apologised": "apologized", "analyse": "analyze",
	"centre": "center", "centres": "centers", "theatre": "theater", "theatres": "theaters", "metre": "meter", "metres": "meters",
	"grey": "gray", "defence": "defense", "offence": "offense", "licence": "license", "practise": "practice", "cheque": "check",
	"programme": "program", "catalogue": "catalog", "dialogue": "dialog", "towards": "toward", "afterwards": "afterward",
	"plough": "plow", "ploughed": "plowed", "harbour": "harbor", "harbours": "harbors", "vapour": "vapor", "vapours": "vapors", "parlour": "parlor",
	"splendour": "splendor", "ardour": "ardor", "odour": "odor", "odours": "odors", "armour": "armor", "valour": "valor", "vigour": "vigor",
	"behaviour": "behavior", "endeavour": "endeavor", "endeavoured": "endeavored", "saviour": "savior", "clamour": "clamor", "rigour": "rigor",
	"jewellery": "jewelry", "travelling": "traveling", "travelled": "traveled", "traveller": "traveler", "travellers": "travelers",
	"skilful": "skillful", "wilful": "willful", "fulfil": "fulfill", "enrol": "enroll", "waggon": "wagon", "waggons": "wagons",
	"storey": "story", "storeys": "stories", "sceptical": "skeptical", "mould": "mold", "moulded": "molded", "pyjamas": "pajamas",
	"gaol": "jail", "learnt": "learned", "burnt": "burned", "spelt": "spelled", "judgement": "judgment", "axe": "ax", "tyre": "tire", "tyres": "tires",
	"whilst": "while", "amongst": "among",
}
