// The subscribe endpoint on Go's net/http: a known token, two choices among the nodes, the same JSON.
package main

import (
	"encoding/json"
	"log"
	"math/rand"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type node struct {
	address, id, region string
	assigned            atomic.Int64
}

type answer struct {
	ServerAddress string `json:"serverAddress"`
	Scope         string `json:"scope"`
	Name          string `json:"name"`
	Port          int    `json:"port"`
	Protocol      string `json:"protocol"`
	NodeID        string `json:"nodeId"`
	NodeGroup     string `json:"nodeGroup"`
	Region        string `json:"region"`
	URL           string `json:"url"`
}

func main() {
	var tokens sync.Map
	tokens.Store(os.Args[2], time.Now().Add(time.Hour))
	nodes := []*node{{address: "198.18.0.1", id: "live-edge-1", region: "here"}, {address: "198.18.0.2", id: "live-edge-2", region: "here"}}
	http.HandleFunc("/as/v1/streams/", func(w http.ResponseWriter, r *http.Request) {
		// Debian 12 has Go 1.19, whose patterns have no parameters.
		parts := strings.Split(r.URL.Path, "/")
		if len(parts) != 7 || parts[6] != "subscribe" || r.Method != http.MethodGet {
			http.NotFound(w, r)
			return
		}
		expiry, isKnown := tokens.Load(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		if !isKnown || time.Now().After(expiry.(time.Time)) {
			http.Error(w, "a token is needed", http.StatusUnauthorized)
			return
		}
		one, other := nodes[rand.Intn(len(nodes))], nodes[rand.Intn(len(nodes))]
		if other.assigned.Load() < one.assigned.Load() {
			one = other
		}
		one.assigned.Add(1)
		scope, name := parts[4], parts[5]
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		json.NewEncoder(w).Encode(answer{one.address, scope, name, 1935, "rtmp", one.id, "live", one.region, "rtmp://" + one.address + ":1935/" + scope + "/" + name})
	})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
