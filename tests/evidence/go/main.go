// Ask golang.org/x/mod/sumdb what it thinks of notes, proofs and trees.
//
// Standard input is a JSON list of questions; standard output is a JSON list of as many answers. An answer without an
// error means that it was accepted. Bytes are base64, as encoding/json has them.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Ask string

	Note []byte
	Keys []string

	Text string
	Name string
	Seed []byte

	Record []byte
	Leaves []tlog.Hash

	Proof   []tlog.Hash
	Size    int64
	Root    tlog.Hash
	Index   int64
	Leaf    tlog.Hash
	OldSize int64
	OldRoot tlog.Hash
}

type answer struct {
	Error   string      `json:"error"`
	Text    string      `json:"text,omitempty"`
	Signed  []string    `json:"signed,omitempty"`
	Unknown []string    `json:"unknown,omitempty"`
	Note    []byte      `json:"note,omitempty"`
	Key     string      `json:"key,omitempty"`
	Hash    *tlog.Hash  `json:"hash,omitempty"`
	Proof   []tlog.Hash `json:"proof,omitempty"`
	Size    int64       `json:"size,omitempty"`
}

// leaves keeps the hashes of a tree where tlog looks for them.
type leaves []tlog.Hash

func (l leaves) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, 0, len(indexes))
	for _, index := range indexes {
		if index < 0 || index >= int64(len(l)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		found = append(found, l[index])
	}
	return found, nil
}

func stored(hashes []tlog.Hash) (leaves, error) {
	var all leaves
	for n, hash := range hashes {
		more, err := tlog.StoredHashesForRecordHash(int64(n), hash, all)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

func open(q question) (a answer, err error) {
	var known []note.Verifier
	for _, key := range q.Keys {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			return a, err
		}
		known = append(known, verifier)
	}
	found, err := note.Open(q.Note, note.VerifierList(known...))
	if err != nil {
		return a, err
	}
	a.Text = found.Text
	for _, signature := range found.Sigs {
		a.Signed = append(a.Signed, signature.Name)
	}
	for _, signature := range found.UnverifiedSigs {
		a.Unknown = append(a.Unknown, signature.Name)
	}
	return a, nil
}

// sign makes a key from a seed and signs a text with it, or adds its signature to a note that the keys have signed.
func sign(q question) (a answer, err error) {
	secret, key, err := note.GenerateKey(bytes.NewReader(q.Seed), q.Name)
	if err != nil {
		return a, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return a, err
	}
	signed := &note.Note{Text: q.Text}
	if len(q.Note) > 0 {
		var known []note.Verifier
		for _, key := range q.Keys {
			verifier, err := note.NewVerifier(key)
			if err != nil {
				return a, err
			}
			known = append(known, verifier)
		}
		if signed, err = note.Open(q.Note, note.VerifierList(known...)); err != nil {
			return a, err
		}
	}
	a.Key = key
	a.Note, err = note.Sign(signed, signer)
	return a, err
}

func reply(q question) (a answer, err error) {
	switch q.Ask {
	case "open":
		return open(q)
	case "sign":
		return sign(q)
	case "parse-tree":
		tree, err := tlog.ParseTree([]byte(q.Text))
		return answer{Size: tree.N, Hash: &tree.Hash}, err
	case "leaf":
		hash := tlog.RecordHash(q.Record)
		return answer{Hash: &hash}, nil
	case "check-record":
		return a, tlog.CheckRecord(q.Proof, q.Size, q.Root, q.Index, q.Leaf)
	case "check-tree":
		return a, tlog.CheckTree(q.Proof, q.Size, q.Root, q.OldSize, q.OldRoot)
	}
	all, err := stored(q.Leaves)
	if err != nil {
		return a, err
	}
	switch q.Ask {
	case "root":
		hash, err := tlog.TreeHash(q.Size, all)
		return answer{Hash: &hash}, err
	case "prove-record":
		proof, err := tlog.ProveRecord(q.Size, q.Index, all)
		return answer{Proof: proof}, err
	case "prove-tree":
		proof, err := tlog.ProveTree(q.Size, q.OldSize, all)
		return answer{Proof: proof}, err
	}
	return a, fmt.Errorf("unknown question %q", q.Ask)
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		log.Fatal(err)
	}
	answers := make([]answer, len(questions))
	for i, q := range questions {
		found, err := reply(q)
		if err != nil {
			found = answer{Error: err.Error()}
		}
		answers[i] = found
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}
