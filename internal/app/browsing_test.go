package app_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/page/pagetest"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/questionnaire/questionnairetest"
)

// browser is one without scripts, at a page with a form: it sends what the page's controls hold and nothing else.
type browser struct {
	t        tb
	w        *town
	lang     string
	body     string
	action   string
	wrong    string // what the page says is wrong
	controls []*control
	adds     []string // what the page offers to add another place for
	press    string   // which of those is pressed next
}

// control is one of a form's.
type control struct {
	kind, name, value, label string
	on                       bool // of radio buttons, checkboxes, and the options of a select
	pick                     bool // opens words of one's own
	most                     int  // characters; 0: any number
	files                    []questionnaire.Value
}

// fillIn tells what is said in the web form: it fills in what the page offers, sends it, and goes on with what that brings.
func (w *town) fillIn(t tb, said questionnaire.Answers, lang string) (receipt string) {
	b := &browser{t: t, w: w, lang: lang}
	address := "/f/town/" + w.q.ID + "?lang=" + lang
	b.open(w.do(httptest.NewRequest(http.MethodGet, address, nil)))
	for range len(w.q.All()) + 2 {
		for n := 0; b.needs(said); n++ {
			if n > len(w.q.All()) {
				t.Fatalf("pressing the button for another place of %s brings none", b.press)
			}
			b.open(b.send())
		}
		b.tell(said)
		b.named("consent")[0].on = true
		a := b.send()
		if m := receiptIn.FindStringSubmatch(a.Header().Get("Location")); a.Code == http.StatusSeeOther && m != nil {
			return m[1]
		}
		if a.Code != http.StatusUnprocessableEntity {
			t.Fatalf("the form is answered with %d %s", a.Code, a.Body)
		}
		b.open(a)
		if b.wrong != "" {
			t.Fatalf("the form is refused: %s", b.wrong)
		}
	}
	t.Fatalf("the form comes back for ever")
	return ""
}

var tag = regexp.MustCompile(`<[^>]*>`)

// open reads a page, which has to be as sound as all ours.
func (b *browser) open(a *httptest.ResponseRecorder) {
	b.t.Helper()
	b.body, b.wrong, b.controls, b.adds, b.press = a.Body.String(), "", nil, nil, ""
	nodes, err := pagetest.Parse(b.body)
	if err != nil {
		b.t.Fatalf("%v", err)
	}
	var label *pagetest.Node // around what comes
	labels := map[string]string{}
	for _, n := range nodes {
		if n.Name == "label" {
			labels[n.Attrs["for"]] = squeezed(n.Text)
		}
	}
	selected := ""
	for _, n := range nodes {
		if n.Name == "form" {
			b.action = n.Attrs["action"]
		}
		if n.Attrs["id"] == "errors" {
			b.wrong = squeezed(n.Text)
		}
		if _, hidden := n.Attrs["hidden"]; n.Name == "button" && n.Attrs["name"] == "add" && !hidden {
			b.adds = append(b.adds, n.Attrs["value"])
		}
		if n.Name == "label" {
			label = n
		}
		if n.Name == "select" {
			selected = n.Attrs["name"]
		}
		c := &control{kind: n.Attrs["type"], name: n.Attrs["name"], value: n.Attrs["value"], label: labels[n.Attrs["id"]], pick: n.Attrs["class"] == "pick"}
		_, c.on = n.Attrs["checked"]
		switch n.Name {
		case "input":
		case "textarea":
			c.kind, c.value = "textarea", strings.TrimPrefix(n.Text, "\n")
		case "option":
			c.kind, c.name, c.label = "option", selected, squeezed(n.Text)
			_, c.on = n.Attrs["selected"]
		default:
			continue
		}
		if slices.Contains(n.Path, "label") {
			c.label = squeezed(label.Text)
		}
		for _, r := range n.Attrs["maxlength"] {
			c.most = c.most*10 + int(r-'0')
		}
		b.controls = append(b.controls, c)
	}
	if faults := pagetest.Faults(a.Result().Header, b.body); len(faults) > 0 || a.Code != http.StatusOK && a.Code != http.StatusUnprocessableEntity {
		b.t.Fatalf("a page with status %d and the faults %q, which says %q", a.Code, faults, b.wrong)
	}
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

// named are the controls of a name.
func (b *browser) named(name string) (out []*control) {
	for _, c := range b.controls {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

// needs says that the page has too few places for what is said, and which button is to be pressed then.
func (b *browser) needs(said questionnaire.Answers) bool {
	for _, link := range b.adds {
		i := b.w.q.Item(link)
		if i.Type != questionnaire.Group {
			if len(said[link]) > len(b.named("q."+link)) {
				b.press = link
				return true
			}
			continue
		}
		at := slices.Clone(i.At)
		at[len(at)-1], _ = strconv.Atoi(b.named("n." + link)[0].value)
		for at[len(at)-1]++; ; at[len(at)-1]++ {
			next := b.w.q.Occurrence(i, at...)
			if next == nil {
				break
			}
			if within(next, said) {
				b.press = link
				return true
			}
		}
	}
	return false
}

// within says that something in i is said.
func within(i *questionnaire.Item, said questionnaire.Answers) bool {
	return len(said[i.LinkID]) > 0 && !i.Another || slices.ContainsFunc(i.Items, func(c *questionnaire.Item) bool { return within(c, said) })
}

// tell fills in what is said, as far as the page asks for it.
func (b *browser) tell(said questionnaire.Answers) {
	for _, i := range b.w.q.Enabled(said) {
		controls := b.named("q." + i.LinkID)
		if len(controls) == 0 {
			continue // not asked, or not yet; what is missing in the end will tell
		}
		asked := b.w.q.Asked(i, said)
		if !strings.Contains(program.Fold(plainly(b.body)), program.Fold(i.Text.In(b.lang))) && !i.Logical() {
			b.t.Fatalf("%s has controls, and its question is not on the page", i.LinkID)
		}
		if i.Type == questionnaire.Attachment {
			b.attach(i, controls, said[i.LinkID])
			continue
		}
		b.clear(i.LinkID, controls)
		for n, v := range said[i.LinkID] {
			b.answer(asked, controls, n, v)
		}
	}
}

func plainly(page string) string { return html.UnescapeString(tag.ReplaceAllString(page, " ")) }

// clear takes away what the page proposes.
func (b *browser) clear(link string, controls []*control) {
	for _, c := range slices.Concat(controls, b.named("o."+link)) {
		switch c.kind {
		case "radio", "checkbox", "option":
			c.on = false
		default:
			c.value = ""
		}
	}
	for _, c := range controls {
		if c.value == "" && (c.kind == "radio" || c.kind == "option") {
			c.on = true // "skip this question"
		}
	}
}

// answer enters the n-th answer to i.
func (b *browser) answer(i *questionnaire.Item, controls []*control, n int, v questionnaire.Value) {
	if controls[0].kind == "radio" || controls[0].kind == "checkbox" || controls[0].kind == "option" {
		b.choose(i, controls, v)
		return
	}
	if n >= len(controls) {
		b.t.Fatalf("%s: the form has no place for answer %d", i.LinkID, n+1)
	}
	s := v.Text
	switch v.Type {
	case questionnaire.DateTime:
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			b.t.Fatalf("%v", err)
		}
		s = at.In(b.w.p.Location()).Format("2006-01-02T15:04")
	case questionnaire.Time:
		s = strings.TrimSuffix(s, ":00")
	case questionnaire.Quantity:
		if units := b.named("u." + i.LinkID); len(units) > 0 {
			b.unit(i, units, n, v)
		}
	}
	b.typeIn(i, controls[n], s)
}

// choose taps the option that says v.
func (b *browser) choose(i *questionnaire.Item, controls []*control, v questionnaire.Value) {
	want, own := squeezed(v.Display(i, b.lang)), i.Type == questionnaire.OpenChoice && i.Option(v) == nil
	if v.Type == questionnaire.Integer {
		want = v.Text // it may have a unit
	}
	if n := slices.IndexFunc(i.Options, func(o questionnaire.Option) bool { return o.Value == v }); n >= 0 {
		want = squeezed(i.Marked(n, b.lang)) // with what stands before it
	}
	same := 0 // options before it that say the same
	for n := range i.Options {
		if i.Options[n].Value == v {
			break
		}
		if squeezed(i.Marked(n, b.lang)) == want {
			same++
		}
	}
	for _, c := range controls {
		if own && !c.pick || !own && (c.pick || c.value == "" || c.label != want) {
			continue
		}
		if same > 0 {
			same--
			continue
		}
		if c.kind != "checkbox" {
			for _, o := range controls {
				o.on = false
			}
		}
		if c.on = true; own {
			b.typeIn(i, b.named("o." + i.LinkID)[0], v.Text)
		}
		return
	}
	if !i.Logical() { // then it comes with the next page
		b.t.Fatalf("%s: the form does not offer %q", i.LinkID, want)
	}
}

// unit picks the unit of the n-th answer.
func (b *browser) unit(i *questionnaire.Item, units []*control, n int, v questionnaire.Value) {
	at := slices.IndexFunc(i.Units, func(u questionnaire.Unit) bool { return u.System == v.System && u.Code == v.Code })
	if at < 0 {
		b.t.Fatalf("%s: the unit is none of the question's", i.LinkID)
	}
	size := len(i.Units) + 1 // the first says to choose one
	units = units[n*size : (n+1)*size]
	for k, c := range units {
		c.on = k == at+1
	}
	if c := units[at+1]; units[0].value != "" || c.label != squeezed(i.Units[at].Display) && c.label != i.Units[at].Code {
		b.t.Fatalf("%s: unit %d is called %q", i.LinkID, at, c.label)
	}
}

// holds are what the controls that a browser draws in its own way can hold.
var holds = map[string]*regexp.Regexp{
	"date":           regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
	"time":           regexp.MustCompile(`^\d\d:\d\d$`),
	"datetime-local": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d$`),
}

// typeIn types into a control as far as it lets one.
func (b *browser) typeIn(i *questionnaire.Item, c *control, s string) {
	if form := holds[c.kind]; form != nil && !form.MatchString(s) {
		b.t.Fatalf("%s: a control for a %s can't hold %q", i.LinkID, c.kind, s)
	}
	if c.kind != "textarea" && strings.Contains(s, "\n") {
		b.t.Fatalf("%s: a control for one line can't hold %q", i.LinkID, s)
	}
	if n := len([]rune(s)); c.most > 0 && n > c.most {
		b.t.Fatalf("%s: a control for %d characters can't hold the %d of %q", i.LinkID, c.most, n, s)
	}
	c.value = s
}

// attach chooses files, but for those that the page has kept.
func (b *browser) attach(i *questionnaire.Item, controls []*control, vs []questionnaire.Value) {
	chooser := controls[len(controls)-1]
	if chooser.kind != "file" {
		b.t.Fatalf("%s: the form has no place for a file", i.LinkID)
	}
	for _, v := range vs {
		if !slices.ContainsFunc(controls, func(c *control) bool { return c.kind == "checkbox" && c.on && c.value == v.Text }) {
			chooser.files = append(chooser.files, v)
		}
	}
}

// multipart is a form with files, as browsers write it.
func (b *browser) multipart(form url.Values) (body, contentType string) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for name, values := range form {
		for _, v := range values {
			_ = w.WriteField(name, v)
		}
	}
	for _, c := range b.controls {
		for _, v := range c.files {
			f := questionnairetest.File(v)
			part, err := w.CreatePart(textproto.MIMEHeader{
				"Content-Disposition": {multipart.FileContentDisposition(c.name, f.Name)}, "Content-Type": {f.ContentType},
			})
			if err == nil {
				_, err = part.Write(f.Content)
			}
			if err != nil {
				b.t.Fatalf("%v", err)
			}
		}
	}
	_ = w.Close()
	return out.String(), w.FormDataContentType()
}

// send posts the form as the page has it.
func (b *browser) send() *httptest.ResponseRecorder {
	form := url.Values{}
	for _, c := range b.controls {
		switch {
		case c.name == "" || (c.kind == "radio" || c.kind == "checkbox" || c.kind == "option") && !c.on:
		case c.kind == "file":
		case c.kind == "textarea":
			form.Add(c.name, strings.ReplaceAll(c.value, "\n", "\r\n"))
		default:
			form.Add(c.name, c.value)
		}
	}
	if b.press != "" {
		form.Set("add", b.press)
	}
	body, contentType := form.Encode(), "application/x-www-form-urlencoded"
	if slices.ContainsFunc(b.controls, func(c *control) bool { return c.kind == "file" }) {
		body, contentType = b.multipart(form)
	}
	r := httptest.NewRequest(http.MethodPost, b.action, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.w.do(r)
}
