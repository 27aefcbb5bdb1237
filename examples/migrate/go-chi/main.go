package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

var quotes = map[string]string{
	"pike":   "Clear is better than clever.",
	"knuth":  "Premature optimization is the root of all evil.",
	"hopper": "The most dangerous phrase is: we have always done it this way.",
}

func main() {
	router := chi.NewRouter()
	router.Use(middleware.Logger)
	router.Get("/", func(w http.ResponseWriter, r *http.Request) { answer(w, http.StatusOK, quotes) })
	router.Get("/health", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	router.Get("/{author}", func(w http.ResponseWriter, r *http.Request) {
		quote, found := quotes[chi.URLParam(r, "author")]
		if !found {
			answer(w, http.StatusNotFound, map[string]string{"error": "nothing by this author"})
			return
		}
		answer(w, http.StatusOK, map[string]string{"quote": quote})
	})

	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	log.Printf("quotes listens on %s", port)
	log.Fatal(http.ListenAndServe(":"+port, router))
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err)
	}
}
