package fhirpath

import "strings"

// typeSpec is a type that an expression names.
type typeSpec struct {
	kind Kind   // of a System type
	fhir string // of a FHIR type
	both bool   // the name is of both: a System type is looked for first
}

var systemTypes = map[string]Kind{
	"Boolean": Boolean, "Integer": Integer, "Decimal": Decimal, "String": String, "Date": Date, "DateTime": DateTime, "Time": Time, "Quantity": Quantity,
}

// parents are the FHIR types that others are derived from (https://hl7.org/fhir/R4/datatypes.html).
var parents = map[string]string{
	"code": "string", "id": "string", "markdown": "string", "url": "uri", "canonical": "uri", "uuid": "uri", "oid": "uri",
	"positiveInt": "integer", "unsignedInt": "integer", "Age": "Quantity", "Count": "Quantity", "Distance": "Quantity", "Duration": "Quantity",
	"MoneyQuantity": "Quantity", "SimpleQuantity": "Quantity", "BackboneElement": "Element", "DomainResource": "Resource",
	"Bundle": "Resource", "Binary": "Resource", "Parameters": "Resource",
}

// fhirTypes are the FHIR types that an expression may name, besides resources.
var fhirTypes = set(`boolean integer positiveInt unsignedInt decimal string code id markdown uri url canonical uuid oid base64Binary
	date dateTime instant time xhtml Element BackboneElement Address Age Annotation Attachment CodeableConcept Coding ContactDetail ContactPoint
	Contributor Count DataRequirement Distance Dosage Duration Expression Extension HumanName Identifier Meta Money MoneyQuantity Narrative
	ParameterDefinition Period Quantity Range Ratio Reference RelatedArtifact SampledData Signature SimpleQuantity Timing TriggerDefinition UsageContext`)

// resources are those that the context of a form may hold: people, their records, and forms.
var resources = set(`Resource DomainResource Bundle Parameters Binary Questionnaire QuestionnaireResponse Patient Practitioner PractitionerRole
	RelatedPerson Person Organization Location Device Encounter Condition Procedure Observation AllergyIntolerance Medication MedicationRequest
	MedicationStatement MedicationAdministration Immunization CarePlan CareTeam Goal ServiceRequest DiagnosticReport Appointment EpisodeOfCare
	FamilyMemberHistory Coverage Group List Task Consent Communication DocumentReference Composition ValueSet CodeSystem Library PlanDefinition
	ActivityDefinition Measure MeasureReport StructureDefinition OperationOutcome Specimen HealthcareService Flag RiskAssessment NutritionOrder
	ClinicalImpression ImagingStudy ResearchSubject ResearchStudy Provenance`)

func set(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(s) {
		out[w] = true
	}
	return out
}

// findType is the type of that name.
func findType(space, name string) (typeSpec, bool) {
	k, system := systemTypes[name]
	fhir := fhirTypes[name] || resources[name]
	switch space {
	case "System":
		return typeSpec{kind: k}, system
	case "FHIR":
		return typeSpec{fhir: name}, fhir
	case "":
		if system && fhir { // Quantity
			return typeSpec{kind: k, fhir: name, both: true}, true
		}
		if system {
			return typeSpec{kind: k}, true
		}
		return typeSpec{fhir: name}, fhir
	}
	return typeSpec{}, false
}

// holds says whether v is of the type. What comes from a resource is of its FHIR type only: a code is no System.String.
func (t typeSpec) holds(v Value) bool {
	if v.typ == "" {
		return t.fhir == "" && t.kind == v.kind || t.both && t.kind == v.kind
	}
	return t.fhir != "" && derived(v.typ, t.fhir)
}

// derived says whether a FHIR type is another one or descends from it.
func derived(typ, from string) bool {
	for range 4 {
		if typ == from {
			return true
		}
		up, ok := parents[typ]
		switch {
		case ok:
		case strings.Contains(typ, "."): // an element that only its resource has
			up = "BackboneElement"
		case resources[typ]:
			up = "DomainResource"
		case typ == "Element" || typ == "Resource":
			return false
		default:
			up = "Element"
		}
		typ = up
	}
	return false
}
