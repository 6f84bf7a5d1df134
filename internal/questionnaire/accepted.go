package questionnaire

const (
	hl7 = "http://hl7.org/fhir/StructureDefinition/"
	sdc = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
	our = "https://tellback.org/fhir/StructureDefinition/"

	extTranslation = hl7 + "translation"
	extOrdinal     = hl7 + "ordinalValue"
	extWeight      = hl7 + "itemWeight"
	extShort       = our + "short-text"
	extScore       = our + "score"
)

// RelationExtension is the extension of a QuestionnaireResponse's source that says, by a valueCode, what the one who answers
// is to the patient: FHIR R4 has no element for it.
const RelationExtension = our + "relation"

// Harmless elements, each with the reason why what people are asked, and what their answers mean, is the same without it.

var harmlessOfQuestionnaire = map[string]string{
	"resourceType":   "read before everything else",
	"meta":           "about the stored copy, not the instrument",
	"text":           "a narrative for people who read the resource, generated from it",
	"identifier":     "other names of the instrument",
	"name":           "a name for programs; read where there is no title",
	"derivedFrom":    "where it came from",
	"experimental":   "about its maturity",
	"date":           "about its publication",
	"publisher":      "about its publication",
	"contact":        "about its publication",
	"useContext":     "about where it is meant to be used; the program decides that",
	"jurisdiction":   "about where it is meant to be used; the program decides that",
	"purpose":        "for implementers",
	"copyright":      "terms of use; shown nowhere that people answer",
	"approvalDate":   "about its publication",
	"lastReviewDate": "about its publication",
	"code":           "what the instrument is in a terminology",
}

var harmlessOfItem = map[string]string{
	"id":         "names the element for internal references",
	"definition": "points to a data dictionary",
	"code":       "what the question is in a terminology",
}

var harmlessOfValueSet = map[string]string{
	"meta": "about the stored copy", "text": "a narrative", "url": "its canonical; it is found by id",
	"identifier": "other names", "version": "its own version", "name": "a name for programs", "title": "never shown",
	"status": "of the set, not of its members", "experimental": "maturity", "date": "publication",
	"publisher": "publication", "contact": "publication", "description": "never shown", "useContext": "publication",
	"jurisdiction": "publication", "immutable": "about later versions", "purpose": "for implementers", "copyright": "terms of use",
}

var harmlessOfCoding = map[string]string{
	"id":           "names the element for internal references",
	"version":      "of the code system; a code keeps its meaning across versions",
	"userSelected": "about how a coding was picked",
}

// Harmless extensions, likewise.

var harmlessExtensions = map[string]string{
	hl7 + "structuredefinition-wg":                       "who maintains it",
	hl7 + "structuredefinition-fmm":                      "maturity",
	hl7 + "structuredefinition-standards-status":         "maturity",
	hl7 + "preferredTerminologyServer":                   "only contained value sets are used",
	sdc + "sdc-questionnaire-preferredTerminologyServer": "only contained value sets are used",
	hl7 + "questionnaire-itemControl":                    "how it looks; each channel asks in its own way",
	hl7 + "questionnaire-choiceOrientation":              "how it looks",
	hl7 + "questionnaire-displayCategory":                "how it looks",
	hl7 + "questionnaire-supportLink":                    "further reading",
	hl7 + "questionnaire-optionPrefix":                   "a label before an option; options are numbered here",
	hl7 + "entryFormat":                                  "a hint that changes no rule",
	hl7 + "rendering-style":                              "how it looks",
	hl7 + "rendering-xhtml":                              "the same words with markup",
	hl7 + "rendering-markdown":                           "the same words with markup",
	sdc + "sdc-questionnaire-width":                      "how it looks",
	sdc + "sdc-questionnaire-choiceColumn":               "how it looks",
}

// unsupported explains elements and extensions that a writer may well expect to work.
var unsupported = map[string]string{
	"modifierExtension":      "a modifier extension changes the meaning of the element",
	"implicitRules":          "rules that are kept elsewhere may change the meaning of the whole",
	"effectivePeriod":        "the program decides when a questionnaire is used",
	"answerConstraint":       "it belongs to FHIR R5; use the type choice or open-choice",
	"disabledDisplay":        "it belongs to FHIR R5; disabled items are not shown here",
	"copyrightLabel":         "it belongs to FHIR R5",
	"versionAlgorithmString": "it belongs to FHIR R5",
	"versionAlgorithmCoding": "it belongs to FHIR R5",
	"exclude":                "list the codes that are included instead",
	"filter":                 "list the codes instead",
	"valueSet":               "list the codes instead of including another value set",
	"valueReference":         "a reference can't be an option",
	"answerReference":        "a reference can't be answered",
	"valueUri":               "an answer of the type url is not supported",
	"valueAttachment":        "attachments are not supported",
	sdc + "sdc-questionnaire-candidateExpression": "a record that people choose from can't be looked into here; list the options, or use answerExpression",
	sdc + "sdc-questionnaire-contextExpression":   "a record can't be shown beside a question here",
	sdc + "sdc-questionnaire-sourceQueries":       "a form is not filled in from a record here",
	hl7 + "questionnaire-minOccurs":               "use required",
	hl7 + "questionnaire-maxOccurs":               "a number of answers can't be bounded; use repeats",
	hl7 + "questionnaire-usageMode":               "every item is asked",
	hl7 + "questionnaire-unitValueSet":            "list the units with questionnaire-unitOption",
	hl7 + "questionnaire-signatureRequired":       "signatures can't be taken",
	hl7 + "questionnaire-sliderStepValue":         "steps are not enforced",
	hl7 + "questionnaire-referenceResource":       "references can't be answered",
}
