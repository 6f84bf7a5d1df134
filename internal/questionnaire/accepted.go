package questionnaire

import "strings"

const (
	hl7 = "http://hl7.org/fhir/StructureDefinition/"
	sdc = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
	our = "https://tellback.org/fhir/StructureDefinition/"

	extTranslation = hl7 + "translation"
	extOrdinal     = hl7 + "ordinalValue"
	extWeight      = hl7 + "itemWeight"
	extShort       = our + "short-text"
	extBrief       = our + "brief-text"
	extScore       = our + "score"
	extSubject     = sdc + "sdc-questionnaire-isSubject"
	extProperty    = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property"
)

// RelationExtension is the extension of a QuestionnaireResponse's source that says, by a valueCode, what the one who answers
// is to the patient: FHIR R4 has no element for it.
const RelationExtension = our + "relation"

// Harmless elements, each with the reason why what people are asked, and what their answers mean, is the same without it.

var harmlessOfQuestionnaire = map[string]string{
	"resourceType":           "read before everything else",
	"meta":                   "about the stored copy, not the instrument",
	"text":                   "a narrative for people who read the resource, generated from it",
	"identifier":             "other names of the instrument",
	"name":                   "a name for programs; read where there is no title",
	"experimental":           "about its maturity",
	"date":                   "about its publication",
	"publisher":              "about its publication",
	"contact":                "about its publication",
	"useContext":             "about where it is meant to be used; the program decides that",
	"jurisdiction":           "about where it is meant to be used; the program decides that",
	"purpose":                "for implementers",
	"copyright":              "terms of use; shown nowhere that people answer",
	"approvalDate":           "about its publication",
	"lastReviewDate":         "about its publication",
	"code":                   "what the instrument is in a terminology",
	"derivedFrom":            "where it came from",
	"effectivePeriod":        "the program decides when a questionnaire is used",
	"fhirVersion":            "read before everything else",
	"copyrightLabel":         "R5: terms of use",
	"versionAlgorithmString": "R5: how versions are ordered; here each is named",
	"versionAlgorithmCoding": "R5: how versions are ordered; here each is named",
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
	"jurisdiction": "publication", "immutable": "about later versions", "extensible": "STU3: about later versions", "purpose": "for implementers", "copyright": "terms of use",
}

var harmlessOfCoding = map[string]string{
	"id":           "names the element for internal references",
	"version":      "of the code system; a code keeps its meaning across versions",
	"userSelected": "about how a coding was picked",
}

// honoured are the extensions that are read, with what they do. One that isn't here is never read.
var honoured = map[string]string{
	extTranslation:                        "a text in another language",
	extOrdinal:                            "what an option is worth",
	extWeight:                             "what an option is worth",
	hl7 + "questionnaire-ordinalValue":    "what an option is worth (STU3)",
	hl7 + "valueset-ordinalValue":         "what a code is worth (STU3)",
	hl7 + "codesystem-ordinalValue":       "what a code is worth",
	hl7 + "iso21090-CO-value":             "what a code is worth (STU3)",
	extProperty:                           "what a code of an expansion is worth (itemWeight, ordinalValue)",
	extShort:                              "a shorter wording for text messages",
	extBrief:                              "what a question is called, or what stands before the first, in a text message that asks several",
	sdc + "sdc-questionnaire-shortText":   "a shorter wording for text messages",
	extScore:                              "a sum or mean of ordinals",
	extVariable:                           "a name for an expression",
	extConstraint:                         "what answers must fulfil",
	extTarget:                             "what answers must fulfil",
	extTextExpression:                     "computes the text of an item",
	extEnable:                             "whether an item is asked",
	extCalculated:                         "computes an answer that nobody is asked",
	extInitial:                            "proposes an answer",
	extAnswer:                             "which options are offered",
	extToggle:                             "which options are offered",
	extPopulation:                         "names what is empty here",
	extLaunch:                             "names what is empty here",
	hl7 + "questionnaire-hidden":          "an item that is not shown",
	hl7 + "questionnaire-usageMode":       "display, display-non-empty: not asked",
	hl7 + "minLength":                     "the fewest characters",
	hl7 + "minValue":                      "the lowest answer",
	hl7 + "maxValue":                      "the highest answer",
	sdc + "sdc-questionnaire-minQuantity": "the lowest quantity",
	sdc + "sdc-questionnaire-maxQuantity": "the highest quantity",
	hl7 + "regex":                         "the form of an answer; without look-around and back-references",
	hl7 + "maxDecimalPlaces":              "the most decimals",
	hl7 + "questionnaire-unit":            "the unit of a number or quantity",
	hl7 + "questionnaire-unitOption":      "a choice of units",
	hl7 + "questionnaire-unitValueSet":    "a choice of units",
	hl7 + "questionnaire-optionExclusive": "no other option together with this one",
	hl7 + "questionnaire-minOccurs":       "the fewest answers; one or more means required",
	hl7 + "questionnaire-maxOccurs":       "the most answers",
	hl7 + "questionnaire-sliderStepValue": "numbers in steps, from minValue up",
	hl7 + "entryFormat":                   "said beside the question",
	extLink:                               "a link in the form; texts have none",
	extControl:                            "how the form asks: see [controls](#controls)",
	extOrientation:                        "options side by side in the form, or one below the other",
	extPrefix:                             "stands before an option; in texts, where it is more than its number or letter",
	extSetLabel:                           "stands before an option; in texts, where it is more than its number or letter",
	sdc + "sdc-questionnaire-openLabel":   "what stands before words of one's own",
	extSubject:                            "in a group that repeats, whom it is about: kept for receivers, since nothing in it is published; refused elsewhere",

	hl7 + "maxSize":  "the most bytes of a file; a number below 1000 is megabytes",
	hl7 + "mimeType": "the kinds of file that are taken",
	sdc + "sdc-questionnaire-candidateExpression": "of a reference: taken, and people write whom or what they mean",
}

// presentation are those of the honoured ones that say how something looks: anywhere else they are passed over.
var presentation = map[string]bool{extControl: true, extOrientation: true, extPrefix: true, extSetLabel: true}

// Harmless extensions, likewise.

var harmlessExtensions = map[string]string{
	hl7 + "artifact-*":                                         "about its publication",
	hl7 + "resource-*":                                         "about its publication",
	hl7 + "structuredefinition-*":                              "maturity, and who maintains it",
	hl7 + "replaces":                                           "about its publication",
	hl7 + "designNote":                                         "for implementers",
	hl7 + "cqf-citation":                                       "for implementers",
	hl7 + "originalText":                                       "for implementers",
	hl7 + "narrativeLink":                                      "for implementers",
	hl7 + "rendered-value":                                     "the same value, as a text",
	hl7 + "elementdefinition-*":                                "about a data element",
	hl7 + "coding-*":                                           "about a code in its system",
	hl7 + "codesystem-*":                                       "about a code in its system",
	hl7 + "iso21090-*":                                         "about how a value is kept elsewhere",
	hl7 + "data-absent-reason":                                 "why a value isn't there",
	hl7 + "terminology-server":                                 "only value sets that are here are used",
	sdc + "sdc-questionnaire-assembledFrom":                    "where its parts came from",
	hl7 + "preferredTerminologyServer":                         "only value sets that are here are used",
	sdc + "sdc-questionnaire-preferredTerminologyServer":       "only value sets that are here are used",
	hl7 + "questionnaire-displayCategory":                      "how it looks",
	hl7 + "rendering-style":                                    "how it looks",
	hl7 + "rendering-styleSensitive":                           "refused where some text has a look of its own",
	hl7 + "rendering-xhtml":                                    "the same words with markup, which is never shown",
	hl7 + "rendering-markdown":                                 "the same words with markup, which is never shown",
	hl7 + "valueset-*":                                         "about a set, or a code in it; codes are offered in the order listed",
	hl7 + "questionnaire-fhirType":                             "for implementers",
	hl7 + "cqf-library":                                        "for implementers",
	sdc + "sdc-questionnaire-width":                            "how it looks; the words ask",
	sdc + "sdc-questionnaire-choiceColumn":                     "how it looks; the words ask",
	sdc + "sdc-questionnaire-columnCount":                      "how it looks; the words ask",
	sdc + "sdc-questionnaire-collapsible":                      "how it looks; the words ask",
	sdc + "sdc-questionnaire-optionalDisplay":                  "how it looks; the words ask",
	sdc + "sdc-questionnaire-keyboard":                         "how it looks; the words ask",
	sdc + "sdc-questionnaire-itemMedia":                        "how it looks; the words ask",
	sdc + "sdc-questionnaire-itemAnswerMedia":                  "how it looks; the words ask",
	sdc + "sdc-questionnaire-entryMode":                        "how other systems run a form; the program decides who answers and when",
	sdc + "sdc-questionnaire-endpoint":                         "how other systems run a form; the program decides who answers and when",
	sdc + "sdc-questionnaire-performerType":                    "how other systems run a form; the program decides who answers and when",
	sdc + "sdc-questionnaire-definitionExtract":                "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-definitionExtractValue":           "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-extractAllocateId":                "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-templateExtract":                  "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-templateExtractBundle":            "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-templateExtractValue":             "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-templateExtractContext":           "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-targetStructureMap":               "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-observationLinkPeriod":            "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-observationExtract":               "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-observation-extract":              "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-observationExtractEntry":          "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-observation-extract-category":     "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-observation-extract-relationship": "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-itemExtractionContext":            "what a receiver makes of the answers, or a sender of a record",
	sdc + "sdc-questionnaire-lookupQuestionnaire":              "what a receiver makes of the answers, or a sender of a record",
	hl7 + "questionnaire-baseType":                             "for implementers",
	"http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire.versionAlgorithm[x]":  "R5, as in R4's files: changes neither questions nor answers",
	"http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire.copyrightLabel":       "R5, as in R4's files: changes neither questions nor answers",
	"http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire.item.disabledDisplay": "R5, as in R4's files: changes neither questions nor answers",
	"http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.property":        "names the properties of codes",

	hl7 + "questionnaire-referenceResource": "which records are meant; people write whom or what they mean",
	hl7 + "questionnaire-referenceProfile":  "which records are meant; people write whom or what they mean",
	hl7 + "questionnaire-allowedResource":   "which records are meant (STU3); people write whom or what they mean",
	hl7 + "questionnaire-allowedProfile":    "which records are meant (STU3); people write whom or what they mean",
	hl7 + "questionnaire-referenceFilter":   "which records are meant; people write whom or what they mean",
}

// changesNothing says whether an extension is among the harmless ones, by its name or its family ("valueset-*").
func changesNothing(harmless map[string]string, url string) bool {
	if _, ok := harmless[url]; ok {
		return true
	}
	for _, known := range []map[string]string{honoured, unsupported, passedOver} {
		if _, ok := known[url]; ok {
			return false
		}
	}
	name, ours := strings.CutPrefix(url, hl7)
	family, _, of := strings.Cut(name, "-")
	_, ok := harmless[hl7+family+"-*"]
	return ours && of && ok
}

// passedOver are extensions that would show or fill in what a record holds, or widen what may be answered. Without them people are
// asked the same, and their answers mean the same; but whoever wrote one may miss it, so a notice says why.
var passedOver = map[string]string{
	sdc + "sdc-questionnaire-candidateExpression":    "would offer what a record holds, and forms aren't opened from a record here",
	sdc + "sdc-questionnaire-contextExpression":      "would show a record beside the question, and forms aren't opened from a record here",
	sdc + "sdc-questionnaire-sourceQueries":          "would fill the form in from a record, and forms aren't opened from a record here",
	sdc + "sdc-questionnaire-sourceStructureMap":     "would fill the form in from a record, and forms aren't opened from a record here",
	sdc + "sdc-questionnaire-unitOpen":               "only units that are listed can be judged; no others are offered",
	sdc + "sdc-questionnaire-unitSupplementalSystem": "only units that are listed can be judged; no others are offered",
	hl7 + "valueset-supplement":                      "what a supplement adds to codes isn't here; what the document says of them is",
}

// unsupported explains elements and extensions that a writer may well expect to work.
var unsupported = map[string]string{
	"modifierExtension":                             "a modifier extension changes the meaning of the element",
	"implicitRules":                                 "rules that are kept elsewhere may change the meaning of the whole",
	"valueReference":                                "a reference can't be an option",
	"answerReference":                               "what people write can't be compared with a record",
	"valueAttachment":                               "a file can't be an option, nor an answer to begin with",
	hl7 + "questionnaire-signatureRequired":         "signatures can't be taken",
	sdc + "sdc-questionnaire-subQuestionnaire":      "a part that is kept elsewhere must be put in first (assemble the questionnaire)",
	sdc + "sdc-questionnaire-assemble-expectation":  "it is a part of others, or made of parts: assemble the questionnaire first",
	sdc + "sdc-questionnaire-assembleContext":       "it is a part of another questionnaire; assemble that first",
	sdc + "sdc-questionnaire-questionnaireAdaptive": "the next question of an adaptive questionnaire is chosen by a server",
	hl7 + "cqf-expression":                          "only the text of an item is computed by it; an answer is computed by a calculatedExpression, in FHIRPath",
	hl7 + "cqf-calculatedValue":                     "say it as a calculatedExpression, in FHIRPath",
	hl7 + "cqf-initialValue":                        "say it as an initialExpression, in FHIRPath",
}
