package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
)

// stored is a report as it is stored. This file is the only place where answers are revealed for storage.
type stored struct {
	ID            string                 `json:"id"`
	Revision      int                    `json:"revision"`
	Status        Status                 `json:"status"`
	Participant   string                 `json:"participant,omitempty"`
	Program       string                 `json:"program"`
	Questionnaire string                 `json:"questionnaire"`
	Version       string                 `json:"version"`
	Hash          string                 `json:"hash,omitempty"`
	Period        string                 `json:"period"`
	Perspective   Perspective            `json:"perspective"`
	Relation      string                 `json:"relation,omitempty"`
	About         string                 `json:"about,omitempty"`
	Subject       string                 `json:"subject,omitempty"`
	Role          string                 `json:"role,omitempty"`
	Channel       Channel                `json:"channel"`
	Origin        Origin                 `json:"origin"`
	Language      string                 `json:"language"`
	Groups        []string               `json:"groups,omitempty"`
	Answers       questionnaire.Answers  `json:"answers,omitempty"`
	Scores        []questionnaire.Scored `json:"scores,omitempty"`
	Files         []string               `json:"files,omitempty"`
	At            time.Time              `json:"at"`
	Revised       time.Time              `json:"revised"`
	Synthetic     bool                   `json:"synthetic,omitempty"`
}

// Encode is r in its stored form, a JSON document with every answer in the clear: for the reports table only.
func Encode(r Report) ([]byte, error) {
	raw, err := json.Marshal(stored{
		r.ID, r.Revision, r.Status, r.Participant, r.Program, r.Questionnaire, r.Version, r.Hash, r.Period,
		r.Perspective, r.Relation, r.About.Reveal(), r.Subject, r.Role, r.Channel, r.Origin, r.Language, r.Groups,
		r.Answers.Reveal(), r.Scores, r.Files, r.At, r.Revised, r.Synthetic,
	})
	if err != nil {
		return nil, fmt.Errorf("report: encode %s: %w", r.ID, err)
	}
	return raw, nil
}

// Decode reads what [Encode] wrote and nothing else: an unknown field or anything after the document is an error.
func Decode(raw []byte) (Report, error) {
	var s stored
	if err := strict(raw, &s); err != nil {
		return Report{}, fmt.Errorf("report: decode a report: %w", err)
	}
	return Report{
		s.ID, s.Revision, s.Status, s.Participant, s.Program, s.Questionnaire, s.Version, s.Hash, s.Period,
		s.Perspective, s.Relation, phi.Hide(s.About), s.Subject, s.Role, s.Channel, s.Origin, s.Language, s.Groups,
		phi.Hide(s.Answers), s.Scores, s.Files, s.At, s.Revised, s.Synthetic,
	}, nil
}

// EncodeStanding is s in its stored form.
func EncodeStanding(s Standing) ([]byte, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("report: encode a standing: %w", err)
	}
	return raw, nil
}

// DecodeStanding reads what [EncodeStanding] wrote and nothing else.
func DecodeStanding(raw []byte) (Standing, error) {
	var s Standing
	if err := strict(raw, &s); err != nil {
		return Standing{}, fmt.Errorf("report: decode a standing: %w", err)
	}
	if len(s.Told) != len(s.Reports) {
		return Standing{}, errors.New("report: decode a standing: as many reports as times are needed")
	}
	return s, nil
}

// errStored stands for every decoding error: those of encoding/json may quote what they stumbled over.
var errStored = errors.New("not in the stored form")

func strict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errStored
	}
	if _, err := d.Token(); err != io.EOF {
		return errStored
	}
	return nil
}
