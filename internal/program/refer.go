package program

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/questionnaire"
)

// refer judges p's references to other files, and what must not be the same in two programs.
func (l *loader) refer(p *Program, file string, n *notes) {
	if other := l.catalog.programs[p.ID]; other != nil {
		n.add("/id", "duplicate", "Another file is program %q as well. Give this one another id.", p.ID)
	}
	l.referJoinWords(p, file, n)
	l.referUses(p, n)
	l.referStory(p, n)
	l.referLessons(p, n)
}

func (l *loader) referJoinWords(p *Program, file string, n *notes) {
	for _, w := range slices.Sorted(maps.Keys(p.JoinLanguages)) {
		at := "/joinLanguages/" + escape(w)
		if !slices.Contains(p.JoinWords, w) {
			n.add(at, "unknown-option", "%q is not among the join words. Write it as it stands there.", w)
		}
		if lang := p.JoinLanguages[w]; !slices.Contains(p.Languages, lang) {
			n.add(at, "unknown-language", "%q is not among the program's languages.", lang)
		}
	}
	if len(p.JoinWords) == 0 {
		n.add("/joinWords", "required", "Give at least one word that people text to join: [\"RIVER\"].")
	}
	for i, w := range p.JoinWords {
		at, f := fmt.Sprintf("/joinWords/%d", i), Fold(w)
		switch size := utf8.RuneCountInString(f); {
		case size < 3 || size > 24 || !joinForm().MatchString(f) || strings.HasPrefix(f, "join "):
			n.add(at, "wrong-form", "A join word is 3 to 24 letters and digits, beginning with a letter: \"RIVER\". (\"JOIN RIVER\" then works as well.)")
		case Reserved(f):
			n.add(at, "reserved", "%q is a command to phone companies or to the system. Choose another word.", w)
		case p.despairs(f):
			n.add(at, "reserved", "%q is among the crisis words. Choose another word.", w)
		case l.joined[f] == file:
			n.add(at, "duplicate", "%q is in the list already (capitals and accents don't count). Remove one.", w)
		case l.joined[f] != "":
			n.add(at, "duplicate", "%q already joins the program of %s (capitals and accents don't count). Choose another word.", w, l.joined[f])
		default:
			l.joined[f] = file
			l.catalog.joins[f] = p
		}
	}
}

func (p *Program) despairs(folded string) bool {
	for _, ws := range p.Crisis.Words {
		if slices.ContainsFunc(ws, func(w string) bool { return Fold(w) == folded }) {
			return true
		}
	}
	return false
}

func (l *loader) referUses(p *Program, n *notes) {
	if len(p.Uses) == 0 {
		n.add("/questionnaires", "required", "Use at least one questionnaire.")
	}
	for i, u := range p.Uses {
		at := fmt.Sprintf("/questionnaires/%d", i)
		if slices.ContainsFunc(p.Uses[:i], func(b Use) bool { return b.Questionnaire == u.Questionnaire }) {
			n.add(at+"/questionnaire", "duplicate", "Questionnaire %q is in the list already. Remove one.", u.Questionnaire)
		}
		if q := l.find(n, u.Questionnaire, u.Version, at+"/questionnaire", at+"/version"); q != nil {
			p.speaks(n, q, at+"/questionnaire")
		}
		if len(u.Roles) == 0 && !u.Proxy {
			n.add(at+"/roles", "required", "Say who answers it: \"roles\": [\"patient\"], [\"caregiver\"] or both.")
		}
		for j, r := range u.Roles {
			at := fmt.Sprintf("%s/roles/%d", at, j)
			if r != Patient && r != Caregiver {
				n.add(at, "unknown-option", "A role is \"patient\" or \"caregiver\", not %q.", r)
			} else if slices.Contains(u.Roles[:j], r) {
				n.add(at, "duplicate", "%q is in the list already. Remove one.", r)
			}
		}
		if u.FirstDay < -1 || u.FirstDay > 3650 {
			n.add(at+"/firstDay", "out-of-range", "firstDay is 0 to 3650 days after joining, or -1 for never by text.")
		}
		if u.EveryDays < 0 || u.EveryDays > 3650 {
			n.add(at+"/everyDays", "out-of-range", "everyDays is 1 to 3650, or 0 for only once.")
		} else if u.FirstDay == -1 && u.EveryDays > 0 {
			n.add(at+"/everyDays", "contradiction", "firstDay -1 means never by text, so everyDays has to be 0 or left out.")
		}
		p.Uses[i].checkCalendar(n, at, p.Quiet(p.location))
	}
}

// find is that version of a questionnaire; nil, with a note, when there is none.
func (l *loader) find(n *notes, id, version, atID, atVersion string) *questionnaire.Questionnaire {
	versions := l.catalog.questionnaires[id]
	switch {
	case versions[version] != nil:
		return versions[version]
	case l.broken[id]:
	case id == "":
		n.add(atID, "required", "Name the questionnaire by its id.")
	case versions == nil:
		n.add(atID, "unknown-questionnaire", "There is no questionnaire %q. There are: %s.", id, strings.Join(slices.Sorted(maps.Keys(l.catalog.questionnaires)), ", "))
	default:
		n.add(atVersion, "unknown-version", "Questionnaire %q has no version %q. It has: %s.", id, version, strings.Join(slices.Sorted(maps.Keys(versions)), ", "))
	}
	return nil
}

func (p *Program) speaks(n *notes, q *questionnaire.Questionnaire, at string) {
	for _, lang := range p.spoken() {
		base, _, _ := strings.Cut(lang, "-")
		if !slices.Contains(q.Languages, lang) && !slices.Contains(q.Languages, base) {
			n.add(at, "missing-language", "Questionnaire %q version %q is not complete in %q. Translate every text of it, or take %q out of the program's languages.", q.ID, q.Version, lang, lang)
		}
	}
}

func (l *loader) referStory(p *Program, n *notes) {
	p.story = Use{Questionnaire: p.Story, Version: p.StoryVersion, Roles: []Role{Patient, Caregiver}, Proxy: true, FirstDay: -1}
	if u := p.use(p.Story); u != nil && u != &p.story {
		if p.StoryVersion != "" && p.StoryVersion != u.Version {
			n.add("/storyVersion", "contradiction", "The list of questionnaires has %q at version %q. Leave storyVersion out.", p.Story, u.Version)
		}
		p.story = *u
	}
	versions := slices.Collect(maps.Keys(l.catalog.questionnaires[p.Story]))
	if p.story.Version == "" && len(versions) == 1 {
		p.story.Version = versions[0]
	}
	q := l.find(n, p.Story, p.story.Version, "/story", "/storyVersion")
	if q == nil {
		return
	}
	p.speaks(n, q, "/story")
	var answerable []*questionnaire.Item
	for _, i := range q.All() {
		if i.Answerable() {
			answerable = append(answerable, i)
		}
	}
	if len(answerable) != 1 || answerable[0].Type != questionnaire.Text || answerable[0].Hidden || answerable[0].ReadOnly || answerable[0].Repeats {
		n.add("/story", "not-a-story", "Free words become a report of %q, so it has to have exactly one question, of type \"text\". It has %d question(s).", p.Story, len(answerable))
	}
}

func (l *loader) referLessons(p *Program, n *notes) {
	for i, lesson := range p.Lessons {
		at := fmt.Sprintf("/lessons/%d", i)
		p.lessonTexts(n, at, lesson)
		u := p.use(lesson.Questionnaire)
		if u == nil {
			n.add(at+"/questionnaire", "unknown-questionnaire", "The program does not use a questionnaire %q. Add it to \"questionnaires\" or correct the id.", lesson.Questionnaire)
			continue
		}
		q := l.catalog.Questionnaire(u.Questionnaire, u.Version)
		if q == nil {
			continue // said where it is used
		}
		item := q.Item(lesson.Item)
		if item == nil || item.Type != questionnaire.Choice && item.Type != questionnaire.Boolean || !item.Counted() {
			n.add(at+"/item", "unknown-item", "Questionnaire %q has no choice or yes-or-no question with linkId %q of which answers are counted.", q.ID, lesson.Item)
			continue
		}
		codes := codesOf(item)
		if len(lesson.Codes) == 0 || len(lesson.Codes) >= len(codes) || item.Repeats && len(lesson.Codes) > 1 {
			n.add(at+"/codes", "wrong-number", "Name some of the question's answers, but not all (and only one where people may give several). They are: %s.", strings.Join(codes, ", "))
		}
		for j, c := range lesson.Codes {
			at := fmt.Sprintf("%s/codes/%d", at, j)
			if !slices.Contains(codes, c) {
				n.add(at, "unknown-code", "Question %q has no answer with code %q. It has: %s.", lesson.Item, c, strings.Join(codes, ", "))
			} else if slices.Contains(lesson.Codes[:j], c) {
				n.add(at, "duplicate", "Code %q is in the list already. Remove one.", c)
			}
		}
	}
}

func codesOf(i *questionnaire.Item) []string {
	if i.Type == questionnaire.Boolean {
		return []string{"true", "false"}
	}
	var codes []string
	for _, o := range i.Options {
		codes = append(codes, o.Value.Code)
	}
	return codes
}

// lessonTexts judges a lesson's sentences as they will be once filled, at their longest.
func (p *Program) lessonTexts(n *notes, at string, lesson Lesson) {
	longest := strings.NewReplacer("{month}", "septiembre de 2026", "{share}", "10 de cada 10")
	filled := questionnaire.Localized{}
	for lang, text := range lesson.Text {
		filled[lang] = longest.Replace(text)
	}
	p.texts(n, at+"/text", filled, 320, texted)
	for _, lang := range slices.Sorted(maps.Keys(lesson.Text)) {
		for _, placeholder := range []string{"{month}", "{share}"} {
			if strings.Count(lesson.Text[lang], placeholder) != 1 {
				n.add(at+"/text/"+escape(lang), "missing-placeholder", "The sentence needs %s once: it is filled in for each period (\"In {month}, {share} people said …\").", placeholder)
			}
		}
	}
}
