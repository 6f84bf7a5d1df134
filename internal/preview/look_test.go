package preview

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/program"
)

// A shipped questionnaire goes by text in the preview as in the program that uses it, to the last byte.
func TestTheConversationIsTheProgramsOwn(t *testing.T) {
	c, m := river(t), maker(t)
	machine := conversation.Machine{Catalog: c, ReceiptURL: func(string) string { return m.Public + "/r/" + nobodys }}
	for file, doc := range shipped(t) {
		k := look(t, m, doc)
		q := k.Questionnaire
		_, use := c.Used(m.Program, q.ID)
		if use == nil || len(use.Roles) == 0 || q.ID == m.Program.Story {
			continue // nobody is invited to it by text
		}
		s := conversation.Session{Language: k.Lang, Members: []conversation.Member{{Program: "river", Role: use.Roles[0]}}}
		out, ok := machine.Invite(s, "river", q.ID, "invited", noon)
		if !ok {
			t.Fatalf("%s: nobody can be invited", file)
		}
		var got, want []string
		heard := out.Replies
		for n, x := range k.Talk.Texts {
			got = append(got, x.Body)
			if x.Mine {
				want = append(append(want, heard...), x.Body)
				out = machine.Step(out.Session, conversation.Input{Text: x.Body, Key: fmt.Sprint("text", n)}, noon)
				heard = out.Replies
			}
		}
		want = append(want, heard...)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-the program's +the preview's)\n%s", file, d)
		}
		if k.Talk.End != Done || len(got) < 3 {
			t.Errorf("%s ends %s after %d texts", file, k.Talk.End, len(got))
		}
	}
}

func TestSegmentsAreCountedAsTheyAreBilled(t *testing.T) {
	m := maker(t)
	for file, doc := range shipped(t) {
		k := look(t, m, doc)
		in, out := 0, 0
		for _, x := range k.Talk.Texts {
			n := program.Segments(x.Body)
			if n != x.Segments {
				t.Errorf("%s: %q has %d segments, not %d", file, x.Body, n, x.Segments)
			}
			if x.Mine {
				in += n
			} else {
				out += n
			}
		}
		if k.Talk.In != in || k.Talk.Out != out {
			t.Errorf("%s: %d in and %d out, want %d and %d", file, k.Talk.In, k.Talk.Out, in, out)
		}
		if k.Fewest == nil || k.Most == nil || k.Fewest.Segments() > k.Talk.Segments() || k.Most.Segments() < k.Talk.Segments() {
			t.Errorf("%s: fewest %v, plain %v, most %v", file, k.Fewest, k.Talk.Segments(), k.Most)
		}
	}
	// What infra/cost measured on the real tables: cost.md.
	k := look(t, m, shipped(t)["questionnaires/weekly-check-in.v1.json"])
	if k.Talk.In != 1 || k.Talk.Out != 3 {
		t.Errorf("a weekly check-in takes %d segments in and %d out, not 1 and 3", k.Talk.In, k.Talk.Out)
	}
}

// The prices are those that the decisions reckon with.
func TestPricesAreThoseOfTheDecisions(t *testing.T) {
	raw, err := os.ReadFile("../../infra/decisions/cost.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Twilio, US long code \| ([\d.]+) per segment, each way; carriers add ([\d.]+) to ([\d.]+) per segment sent`).FindStringSubmatch(string(raw))
	if found == nil {
		t.Fatal("cost.md no longer says what a segment costs")
	}
	for n, ours := range []float64{segment, carrierLeast, carrierMost} {
		if theirs, err := strconv.ParseFloat(found[n+1], 64); err != nil || theirs != ours {
			t.Errorf("%v here, %s there", ours, found[n+1])
		}
	}
	// 5 in and 6 out: 11 × 0.0083 + 6 × 0.0025 to 0.0062.
	least, most := Walk{In: 5, Out: 6}.Cost()
	if fmt.Sprintf("%.4f %.4f", least, most) != "0.1063 0.1285" {
		t.Errorf("%.4f to %.4f", least, most)
	}
}

const branching = `{"resourceType":"Questionnaire","id":"b","version":"1","status":"active","language":"en","title":"B","item":[
	{"linkId":"first","type":"choice","required":true,"text":"Which one?","answerOption":[{"valueCoding":{"code":"a","display":"A"}},{"valueCoding":{"code":"b","display":"B"}},{"valueCoding":{"code":"c","display":"C"}}]},
	{"linkId":"if-a","type":"boolean","required":true,"text":"Is it A?","enableWhen":[{"question":"first","operator":"=","answerCoding":{"code":"a"}}]},
	{"linkId":"if-b","type":"boolean","required":true,"text":"Is it B?","enableWhen":[{"question":"first","operator":"=","answerCoding":{"code":"b"}}]},
	{"linkId":"if-b-too","type":"string","required":true,"text":"What of B?","enableWhen":[{"question":"first","operator":"=","answerCoding":{"code":"b"}}]}]}`

func TestBranchesAreFoundAndReckonedWith(t *testing.T) {
	k := look(t, maker(t), []byte(branching))
	var got []string
	for _, b := range k.Branches {
		got = append(got, b.LinkID+": "+b.When)
	}
	want := []string{"if-b: Only if: “Which one” is B", "if-b-too: Only if: “Which one” is B"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("branches (-want +got)\n%s", d)
	}
	// By A two questions are asked, by B three, by C one: each is a text out and one in, and there is a thank-you.
	for name, c := range map[string]struct {
		w    *Walk
		want int
	}{"plain": {&k.Talk, 5}, "fewest": {k.Fewest, 3}, "most": {k.Most, 7}} {
		if c.w == nil || c.w.Segments() != c.want {
			t.Errorf("%s: %+v, want %d segments", name, c.w, c.want)
		}
	}
}

// Every published questionnaire that loads comes to a report, by answers that are made up.
func TestWhateverLoadsComesToItsEnd(t *testing.T) {
	m, ended := maker(t), 0
	for _, from := range []map[string][]byte{shipped(t), published(t)} {
		for file, doc := range from {
			k := look(t, m, doc)
			if k.Questionnaire == nil {
				continue
			}
			if ended++; k.Talk.End != Done {
				t.Errorf("%s: %s at %q after %d texts", file, k.Talk.End, k.Talk.Item, len(k.Talk.Texts))
			}
			if k.Form == "" {
				t.Errorf("%s has no form", file)
			}
		}
	}
	if ended < 15 {
		t.Errorf("only %d were walked through", ended)
	}
}

func TestAnswersAreMadeUpForEveryKind(t *testing.T) {
	const ext = `"url":"http://hl7.org/fhir/StructureDefinition/`
	for name, item := range map[string]string{
		"a pattern":            `"type":"string","extension":[{` + ext + `regex","valueString":"[A-Z]{2}-\\d{3,5}(x|y)?"}]`,
		"a pattern of classes": `"type":"string","extension":[{` + ext + `regex","valueString":"^\\S+@\\S+\\.\\S+$"}]`,
		"long words":           `"type":"text","extension":[{` + ext + `minLength","valueInteger":300}]`,
		"short words":          `"type":"string","maxLength":3`,
		"a step":               `"type":"integer","extension":[{` + ext + `minValue","valueInteger":5},{` + ext + `maxValue","valueInteger":95},{` + ext + `questionnaire-sliderStepValue","valueInteger":10}]`,
		"below zero":           `"type":"decimal","extension":[{` + ext + `maxValue","valueDecimal":-2.5}]`,
		"long ago":             `"type":"date","extension":[{` + ext + `maxValue","valueDate":"1950-01-01"}]`,
		"a time":               `"type":"time"`,
		"a moment":             `"type":"dateTime"`,
		"an address":           `"type":"url"`,
		"a file":               `"type":"attachment"`,
		"a picture":            `"type":"attachment","extension":[{` + ext + `mimeType","valueCode":"image/png"},{` + ext + `maxSize","valueDecimal":5000}]`,
		"a reference":          `"type":"reference"`,
		"a unit":               `"type":"quantity","extension":[{` + ext + `questionnaire-unitOption","valueCoding":{"system":"http://unitsofmeasure.org","code":"kg","display":"kg"}}]`,
		"two of three":         `"type":"choice","repeats":true,"extension":[{` + ext + `questionnaire-minOccurs","valueInteger":2}],"answerOption":[{"valueCoding":{"code":"none","display":"None"},"extension":[{` + ext + `questionnaire-optionExclusive","valueBoolean":true}]},{"valueCoding":{"code":"b","display":"B"}},{"valueCoding":{"code":"c","display":"C"}}]`,
	} {
		for _, lang := range []string{"en", "es", "de"} {
			t.Run(name+" in "+lang, func(t *testing.T) {
				doc := `{"resourceType":"Questionnaire","id":"k","version":"1","status":"active","language":"` + lang + `","title":"K","item":[{"linkId":"i","required":true,"text":"What?",` + item + `}]}`
				k := look(t, maker(t), []byte(doc))
				if len(k.Refusals) > 0 {
					t.Fatalf("refused: %+v", k.Refusals)
				}
				if k.Talk.End != Done || k.Talk.In == 0 && !strings.Contains(item, "attachment") {
					t.Errorf("%s: %+v", k.Talk.End, k.Talk.Texts)
				}
			})
		}
	}
}

func TestWhatCannotBeMadeUpIsSaid(t *testing.T) {
	doc := []byte(`{"resourceType":"Questionnaire","id":"k","version":"1","status":"active","language":"en","title":"K","item":[{"linkId":"i","required":true,"text":"Which code?","type":"string","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/regex","valueString":"c{900}d{900}"}]}]}`)
	a := post(t, "", files(doc)...)
	if a.status != 200 || !strings.Contains(says(a), "make up an answer to “Which code?”") {
		t.Errorf("%d %s", a.status, says(a))
	}
}

// What repeats is shown once, and the plain way tells of one.
func TestWhatRepeatsIsShownOnce(t *testing.T) {
	k := look(t, maker(t), []byte(`{"resourceType":"Questionnaire","id":"m","version":"1","status":"active","language":"en","title":"M","item":[
		{"linkId":"meds","type":"group","text":"Your medicines","repeats":true,"item":[{"linkId":"dose","type":"integer","required":true,"text":"How many of these pills do you take each day?"}]},
		{"linkId":"last","type":"boolean","required":true,"text":"Is that all?"}]}`))
	if k.Talk.End != Done || k.Talk.In != 3 || len(k.Branches) != 0 {
		t.Errorf("%s: %d answers, %d branches: %+v", k.Talk.End, k.Talk.In, len(k.Branches), k.Talk.Texts)
	}
	shown := regexp.MustCompile(`(?s)<template>.*?</template>`).ReplaceAllString(string(k.Form), "") // the rest is for scripts
	if n := strings.Count(shown, "How many of these pills"); n != 1 {
		t.Errorf("the form asks %d times", n)
	}
	if k.Most == nil || k.Most.Segments() <= k.Talk.Segments() {
		t.Errorf("telling of more costs no more: %+v", k.Most)
	}
}
