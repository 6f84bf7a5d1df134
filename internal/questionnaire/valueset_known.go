package questionnaire

// The small value sets that published questionnaires refer to without listing them. The codes are those of the FHIR R4 and HL7
// terminology publications; English labels are their displays, Spanish ones ours.
var knownSets = map[string][]knownCode{
	"http://hl7.org/fhir/ValueSet/administrative-gender": {
		{"http://hl7.org/fhir/administrative-gender", "male", "Male", "Hombre"},
		{"http://hl7.org/fhir/administrative-gender", "female", "Female", "Mujer"},
		{"http://hl7.org/fhir/administrative-gender", "other", "Other", "Otro"},
		{"http://hl7.org/fhir/administrative-gender", "unknown", "Unknown", "No se sabe"},
	},
	"http://terminology.hl7.org/ValueSet/v2-0136": {yesCode, noCode},
	"http://hl7.org/fhir/ValueSet/v2-0136":        {yesCode, noCode},
	"http://hl7.org/fhir/ValueSet/yesnodontknow": {
		yesCode, noCode, {"http://terminology.hl7.org/CodeSystem/data-absent-reason", "asked-unknown", "Don't know", "No sé"},
	},
	"http://hl7.org/fhir/ValueSet/contact-point-use": {
		{"http://hl7.org/fhir/contact-point-use", "home", "Home", "Casa"},
		{"http://hl7.org/fhir/contact-point-use", "work", "Work", "Trabajo"},
		{"http://hl7.org/fhir/contact-point-use", "temp", "Temp", "Temporal"},
		{"http://hl7.org/fhir/contact-point-use", "old", "Old", "Antiguo"},
		{"http://hl7.org/fhir/contact-point-use", "mobile", "Mobile", "Móvil"},
	},
	"http://hl7.org/fhir/ValueSet/marital-status": {
		{maritalStatus, "A", "Annulled", "Anulado"},
		{maritalStatus, "D", "Divorced", "Divorcio"},
		{maritalStatus, "I", "Interlocutory", "Divorcio en trámite"},
		{maritalStatus, "L", "Legally Separated", "Separación legal"},
		{maritalStatus, "M", "Married", "Matrimonio"},
		{maritalStatus, "C", "Common Law", "Unión de hecho"},
		{maritalStatus, "P", "Polygamous", "Poligamia"},
		{maritalStatus, "T", "Domestic partner", "Pareja de hecho"},
		{maritalStatus, "U", "unmarried", "Sin matrimonio"},
		{maritalStatus, "S", "Never Married", "Soltería"},
		{maritalStatus, "W", "Widowed", "Viudez"},
		{"http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "UNK", "unknown", "No se sabe"},
	},
}

type knownCode struct{ system, code, en, es string }

const maritalStatus = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"

var (
	yesCode = knownCode{"http://terminology.hl7.org/CodeSystem/v2-0136", "Y", "Yes", "Sí"}
	noCode  = knownCode{"http://terminology.hl7.org/CodeSystem/v2-0136", "N", "No", "No"}
)

// known is a well-known set, or nil.
func known(url string) []Option {
	var out []Option
	for _, c := range knownSets[url] {
		out = append(out, Option{Value: Value{Type: Choice, System: c.system, Code: c.code}, Label: Localized{"en": c.en, "es": c.es}})
	}
	return out
}
