<?php
// Hello and a verification by way of `napi-mtls gateway`, with PHP's curl: no key, no certificate, no TLS.
//
//   NAPI_GATEWAY=http://127.0.0.1:8080 NAPI_USER=... NAPI_PASSWORD=... php gateway.php request.json
declare(strict_types=1);

function call(CurlHandle $curl, string $path, ?string $json = null): string
{
    curl_reset($curl); // keeps the connection, for those that may be sent again
    $options = [
        CURLOPT_URL => (getenv('NAPI_GATEWAY') ?: 'http://127.0.0.1:8080') . $path,
        CURLOPT_PROXY => '', // none on the way to this machine
        CURLOPT_USERPWD => getenv('NAPI_USER') . ':' . getenv('NAPI_PASSWORD'),
        CURLOPT_HTTPHEADER => ['Accept: application/json'],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 160, // the gateway gives up after 150 s, and says so
    ];
    if ($json !== null) {
        $options[CURLOPT_POSTFIELDS] = $json;
        // libcurl repeats any request, a POST too, if a connection that it has used before breaks without a response.
        $options[CURLOPT_FRESH_CONNECT] = true;
        $options[CURLOPT_HTTPHEADER][] = 'Content-Type: application/json';
    }
    curl_setopt_array($curl, $options);
    $body = curl_exec($curl);
    if ($body === false) {
        throw new RuntimeException(curl_error($curl));
    }
    // What the gateway answers itself is application/problem+json: type, detail, side, remedy.
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    if ($status !== 200) {
        throw new RuntimeException("HTTP $status: $body");
    }
    return $body;
}

try {
    $curl = curl_init();
    echo trim(call($curl, '/connection/v1/testauthentication'), '"'), "\n";
    // Not sent again if it fails: there is no idempotency key, and each one that arrives is billed.
    $json = call($curl, '/verifications/v1/verify', file_get_contents($argv[1]));
    $result = json_decode($json, true, 128, JSON_THROW_ON_ERROR);
    // Without a record id there is no result, whatever RecordStatus says.
    if (!isset($result['Record']['TransactionRecordID'])) {
        throw new RuntimeException("no result; transaction {$result['TransactionID']}");
    }
    echo "{$result['Record']['RecordStatus']} {$result['Record']['TransactionRecordID']}\n";
} catch (Throwable $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    exit(1);
}
