// SPDX-License-Identifier: Apache-2.0

// Reads Dockerfiles as BuildKit does: the parser, and the instructions that it makes of what was parsed.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func main() {
	failed := false
	for _, path := range os.Args[1:] {
		if err := read(path); err != nil {
			fmt.Printf("%s: %v\n", path, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func read(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	result, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return err
	}
	_, _, err = instructions.Parse(result.AST, nil)
	return err
}
