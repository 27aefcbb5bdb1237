package main

import "os"

func main() { os.ReadFile("page.html") }
