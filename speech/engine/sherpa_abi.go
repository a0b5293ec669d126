package engine

// The structs below mirror sherpa-onnx's C interface (c-api.h of 1.13): same
// fields, same order; Go pads them as C does. Texts are NUL-terminated bytes that
// must outlive the call. A field added by a later version shifts what follows, so
// the library's version is checked before use.

type (
	cText = *byte

	cFeatures struct {
		rate, dim int32
	}

	cTransducer struct{ encoder, decoder, joiner cText }

	cWhisper struct {
		encoder, decoder, language, task cText
		tailPaddings                     int32
		tokenTimes, segmentTimes         int32
	}

	cSenseVoice struct {
		model, language cText
		useITN          int32
	}

	cMoonshine struct{ preprocessor, encoder, uncached, cached, merged cText }

	cCanary struct {
		encoder, decoder, source, target cText
		punctuation                      int32
	}

	cCohere struct {
		encoder, decoder, language cText
		punctuation, itn           int32
	}

	cFunASR struct {
		adaptor, llm, embedding, tokenizer, system, user cText
		maxNew                                           int32
		temperature, topP                                float32
		seed                                             int32
		language                                         cText
		itn                                              int32
		hotwords                                         cText
	}

	cQwen struct {
		frontend, encoder, decoder, tokenizer cText
		maxTotal, maxNew                      int32
		temperature, topP                     float32
		seed                                  int32
		hotwords                              cText
	}

	cModel struct {
		transducer   cTransducer
		paraformer   cText
		nemoCTC      cText
		whisper      cWhisper
		tdnn         cText
		tokens       cText
		threads      int32
		debug        int32
		provider     cText
		modelType    cText
		modelingUnit cText
		bpeVocab     cText
		telespeech   cText
		senseVoice   cSenseVoice
		moonshine    cMoonshine
		fireRed      struct{ encoder, decoder cText }
		dolphin      cText
		zipformerCTC cText
		canary       cCanary
		wenetCTC     cText
		omnilingual  cText
		medASR       cText
		funASR       cFunASR
		fireRedCTC   cText
		qwen         cQwen
		cohere       cCohere
	}

	cRecogniser struct {
		features cFeatures
		model    cModel
		lm       struct {
			model cText
			scale float32
		}
		method        cText
		maxActive     int32
		hotwords      cText
		hotwordsScore float32
		ruleFSTs      cText
		ruleFARs      cText
		blankPenalty  float32
		homophones    struct{ dict, lexicon, rules cText }
	}

	cSilero struct {
		model                            cText
		threshold, minSilence, minSpeech float32
		window                           int32
		maxSpeech                        float32
	}

	cVAD struct {
		silero   cSilero
		rate     int32
		threads  int32
		provider cText
		debug    int32
		ten      cSilero
	}
)

// text returns s as C wants it; the caller keeps it alive as long as it is used.
func text(s string) cText {
	if s == "" {
		return nil
	}
	b := append([]byte(s), 0)
	return &b[0]
}
