package questionnaire

// localized is a text with its translations; nil when absent.
func (e *element) localized(name, lang string) Localized {
	return e.localizedWith(name, lang, func(extension) bool { return false })
}

// localizedWith also reads other extensions of the text than translations.
func (e *element) localizedWith(name, lang string, also func(extension) bool) Localized {
	text := e.str(name)
	var side *node
	if e.hasAside(name) {
		side = e.of("_"+name, kindObject)
	}
	if text == "" {
		if side != nil {
			e.refuse("_"+name, refusedUnsupported, "a text needs its value")
		}
		return nil
	}
	out := Localized{lang: text}
	if side == nil {
		return out
	}
	s := e.r.open(side, e.at("_"+name))
	s.take("id")
	s.extensions(harmlessExtensions, func(x extension) bool {
		if x.url == extTranslation {
			x.translation(out)
			return true
		}
		return also(x)
	})
	s.close()
	return out
}

func (x extension) translation(into Localized) {
	var lang, content string
	x.extensions(nil, func(p extension) bool {
		switch p.url {
		case "lang":
			lang = p.str("valueCode")
		case "content":
			if content = p.str("valueString"); content == "" {
				content = p.str("valueMarkdown")
			}
		default:
			return false
		}
		return true
	})
	switch {
	case !langForm().MatchString(lang):
		x.r.refuse(x.path, refusedInvalid, "a translation needs its lang, such as es")
	case content == "":
		x.r.refuse(x.path, refusedMissing, "a translation needs its content")
	case into[lang] != "":
		x.r.refuse(x.path, refusedDuplicate, "there is a text in %s already", clip(lang))
	default:
		into[lang] = content
	}
}
