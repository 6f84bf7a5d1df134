package webform

import (
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire"
)

// file is the control for a question that wants files: those that came already can be left out again, others be chosen.
func (b *builder) file(f *field, i *questionnaire.Item, given []string) {
	f.Kind, f.Multiple, f.Accept, f.Largest = "file", i.Repeats, strings.Join(acceptable(i), ","), i.Largest()
	f.Help = b.say("file-help", "max", questionnaire.Bytes(i.Largest()))
	if len(i.Kinds) > 0 && !slices.ContainsFunc(i.Kinds, func(k string) bool { return !strings.HasPrefix(k, "image/") }) {
		f.Help = b.say("photo-help", "max", questionnaire.Bytes(i.Largest()))
	}
	f.LargeText, f.KeptText = b.say("file-large", "max", questionnaire.Bytes(i.Largest())), b.say("file-kept")
	for _, s := range given {
		v := questionnaire.Value{Type: questionnaire.Attachment, Text: s}
		if i.Fits(v) {
			f.Options = append(f.Options, choice{Value: s, Label: v.Display(i, b.lang), Checked: true})
		}
	}
}

// acceptable are the content types that the control asks for. Asked for JPEG and not for HEIC, iPhones turn their photos into JPEG.
func acceptable(i *questionnaire.Item) []string {
	kinds := slices.Clone(i.Accepts())
	if slices.Contains(kinds, "image/jpeg") {
		kinds = slices.DeleteFunc(kinds, func(k string) bool { return k == "image/heic" })
	}
	return kinds
}

// Multipart says that the form sends files.
func (v *View) Multipart() bool { return holds(v.Fields, isFile) }

func isFile(f *field) bool { return f.Kind == "file" }

// Question is the form at path for one question alone, with the words in which it is asked.
func (f Form) Question(path string, i *questionnaire.Item, st State, wrong []string) *View {
	s := Speech{f.Lang}
	v := &View{Speech: s, Action: path + "?lang=" + f.Lang, Title: s.T("link-title"), Lead: s.T("link-lead"), Kept: true, Send: s.T("link-send")}
	b := newBuilder(f, st, nil)
	one := b.field(i)
	one.Fields, one.OnlyIf, one.When, one.OptionalText = nil, "", "", ""
	one.Number, one.LinkID = "", "" // there is nothing to count
	for _, w := range wrong {
		one.Err = w
		v.Errors = append(v.Errors, errorLine{w, one.first()})
	}
	v.Fields = []*field{one}
	return v
}

// Files are the texts of what a form has for a question that wants files.
func (st State) Files(i *questionnaire.Item) []string { return st.answers[i.LinkID] }

// ForgetFiles takes the files out of the form that issues say are not there, or too many: they have to be chosen again.
func (st State) ForgetFiles(issues []fault.Issue) {
	for _, is := range issues {
		if is.Code == "file-missing" || is.Code == "file-many" {
			delete(st.answers, is.Where)
		}
	}
}
