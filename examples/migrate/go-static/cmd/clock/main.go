// Command clock tells the time in a zone; it needs the time zones of the image that it runs in.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	listen := flag.String("listen", ":9000", "address to listen on")
	flag.Parse()

	zone, err := time.LoadLocation(os.Getenv("ZONE"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) { answer(w, map[string]string{"status": "ok"}) })
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]string{"zone": zone.String(), "time": time.Now().In(zone).Format(time.RFC3339)})
	})
	log.Fatal(http.ListenAndServe(*listen, nil))
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err)
	}
}
