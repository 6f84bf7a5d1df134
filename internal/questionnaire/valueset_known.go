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
	"http://hl7.org/fhir/ValueSet/patient-contactrelationship": {
		{contactRole, "BP", "Billing contact person", "Contacto para la facturación"},
		{contactRole, "C", "Emergency Contact", "Contacto de emergencia"},
		{contactRole, "CP", "Contact person", "Persona de contacto"},
		{contactRole, "E", "Employer", "Empleador"},
		{contactRole, "EP", "Emergency contact person", "Persona de contacto para emergencias"},
		{contactRole, "F", "Federal Agency", "Agencia federal"},
		{contactRole, "I", "Insurance Company", "Compañía de seguros"},
		{contactRole, "N", "Next-of-Kin", "Familiar más cercano"},
		{contactRole, "PR", "Person preparing referral", "Persona que prepara la remisión"},
		{contactRole, "S", "State Agency", "Agencia estatal"},
		{contactRole, "U", "Unknown", "No se sabe"},
	},
	"http://hl7.org/fhir/ValueSet/medicationrequest-category": {
		{requestCategory, "inpatient", "Inpatient", "En el hospital"},
		{requestCategory, "outpatient", "Outpatient", "En consulta"},
		{requestCategory, "community", "Community", "En la comunidad"},
		{requestCategory, "discharge", "Discharge", "Al alta"},
	},
	"http://hl7.org/fhir/ValueSet/age-units": {
		{ucum, "min", "minutes", "minutos"}, {ucum, "h", "hours", "horas"}, {ucum, "d", "days", "días"},
		{ucum, "wk", "weeks", "semanas"}, {ucum, "mo", "months", "meses"}, {ucum, "a", "years", "años"},
	},
	"http://hl7.org/fhir/ValueSet/ucum-bodyweight": {{ucum, "kg", "kg", "kg"}, {ucum, "[lb_av]", "lb", "lb"}, {ucum, "g", "g", "g"}},
	"http://hl7.org/fhir/ValueSet/ucum-bodylength": {{ucum, "cm", "cm", "cm"}, {ucum, "[in_i]", "in", "in"}},
}

type knownCode struct{ system, code, en, es string }

const (
	maritalStatus   = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
	contactRole     = "http://terminology.hl7.org/CodeSystem/v2-0131"
	requestCategory = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"
	ucum            = "http://unitsofmeasure.org"
)

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
