// NAPI over mutual TLS, with Go's standard library: hello, a verification, and one whose result comes later by a
// callback.
//
//	NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key \
//	go run napi.go hello | go run napi.go verify request.json | go run napi.go callback request.json
//
// Go's standard library opens no encrypted PKCS#8 key: decrypt it first ("napi-mtls convert --remove-passphrase"), or take a
// library that does. For a callback CALLBACK_URL is the public address of what forwards to CALLBACK_PORT of this
// machine. Without it this machine calls itself, for which the service has to be a local one.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

type serviceError struct{ Code, Message string }

type record struct {
	TransactionRecordID string
	RecordStatus        string
	Errors              []serviceError
}

type result struct {
	TransactionID string
	Record        record
	Errors        []serviceError
}

type status struct{ TransactionID, TransactionRecordID, Status string } // Go takes names in any case

func newClient() (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if certificate := os.Getenv("NAPI_CERTIFICATE"); certificate != "" {
		pair, err := tls.LoadX509KeyPair(certificate, os.Getenv("NAPI_KEY"))
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if authority := os.Getenv("NAPI_CA_FILE"); authority != "" { // only for a local server
		pem, err := os.ReadFile(authority)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, Proxy: http.ProxyFromEnvironment}
	// A verification may take the service 120 s.
	return &http.Client{Transport: transport, Timeout: 130 * time.Second}, nil
}

// call sends a request once. net/http repeats a POST by itself only if nothing of it was sent.
func call(client *http.Client, method, path string, body []byte, into any) error {
	request, err := http.NewRequest(method, os.Getenv("NAPI_URL")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.SetBasicAuth(os.Getenv("NAPI_USER"), os.Getenv("NAPI_PASSWORD"))
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		return err
	}
	// An error has a text or JSON of another form: look at the status first.
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP %d: %s", response.StatusCode, text)
	}
	return json.Unmarshal(text, into)
}

func hello(client *http.Client) error {
	var text string
	err := call(client, "GET", "/connection/v1/testauthentication", nil, &text)
	if err == nil {
		fmt.Println(text)
	}
	return err
}

func verify(client *http.Client, file string) error {
	request, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	// Not sent again if it fails: there is no idempotency key, and each one that arrives is billed.
	var result result
	if err := call(client, "POST", "/verifications/v1/verify", request, &result); err != nil {
		return err
	}
	for _, found := range append(result.Errors, result.Record.Errors...) {
		fmt.Fprintf(os.Stderr, "service error %s: %s\n", found.Code, found.Message)
	}
	// Without a record id there is no result, whatever RecordStatus says.
	if result.Record.TransactionRecordID == "" {
		return fmt.Errorf("no result; transaction %s", result.TransactionID)
	}
	fmt.Println(result.Record.RecordStatus, result.Record.TransactionRecordID)
	return nil
}

// receive hands on the ids that callbacks name. Callbacks are not signed, come before the end and more than once: each
// is a hint to ask, and nothing else.
func receive(listener net.Listener) <-chan string {
	hints := make(chan string, 1000)
	handler := func(response http.ResponseWriter, request *http.Request) {
		var hint status
		body := http.MaxBytesReader(response, request.Body, 65536)
		if err := json.NewDecoder(body).Decode(&hint); err == nil && request.Method == http.MethodPost {
			select {
			case hints <- hint.TransactionID:
			default: // so many come from nobody in earnest
			}
		}
		response.WriteHeader(http.StatusNoContent)
	}
	server := &http.Server{Handler: http.HandlerFunc(handler), ReadTimeout: 10 * time.Second}
	go server.Serve(listener)
	return hints
}

func verifyLater(client *http.Client, file string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("CALLBACK_PORT"))
	if err != nil {
		return err
	}
	hints := receive(listener)
	callback := os.Getenv("CALLBACK_URL")
	if callback == "" {
		callback = fmt.Sprintf("http://%s/napi", listener.Addr())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var request map[string]json.RawMessage
	if err := json.Unmarshal(text, &request); err != nil {
		return err
	}
	request["CallBackUrl"], _ = json.Marshal(callback)
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	var accepted result
	if err := call(client, "POST", "/verifications/v1/verify", body, &accepted); err != nil {
		return err
	}
	id := accepted.TransactionID
	var now status
	for !isFinal(now.Status) {
		if <-hints != id {
			continue
		}
		if err := call(client, "GET", "/verifications/v1/transaction/"+url.PathEscape(id)+"/status", nil, &now); err != nil {
			return err
		}
	}
	if now.TransactionRecordID == "" {
		return fmt.Errorf("%s, without a record; transaction %s", now.Status, id)
	}
	var done result
	path := "/verifications/v1/transactionrecord/" + url.PathEscape(now.TransactionRecordID)
	if err := call(client, "GET", path, nil, &done); err != nil {
		return err
	}
	fmt.Println(done.Record.RecordStatus, done.Record.TransactionRecordID)
	return nil
}

func isFinal(status string) bool {
	switch strings.ToLower(status) {
	case "completed", "complete", "failed", "canceled", "timeoutcanceled":
		return true
	}
	return false
}

func run() error {
	client, err := newClient()
	if err != nil {
		return err
	}
	switch {
	case len(os.Args) == 2 && os.Args[1] == "hello":
		return hello(client)
	case len(os.Args) == 3 && os.Args[1] == "verify":
		return verify(client, os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "callback":
		return verifyLater(client, os.Args[2])
	}
	return errors.New("usage: napi hello | verify FILE | callback FILE")
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
