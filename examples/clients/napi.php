<?php
// NAPI over mutual TLS, with PHP's curl: hello, a verification, and one whose result comes later by a callback.
//
//   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
//   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... \
//   php napi.php hello | php napi.php verify request.json | php napi.php callback request.json
//
// For a callback CALLBACK_URL is the public address of what forwards to CALLBACK_PORT of this machine. Without it this
// machine calls itself, for which the service has to be a local one.
declare(strict_types=1);

function call(string $method, string $path, ?string $json = null, int $seconds = 30): mixed
{
    $curl = curl_init(getenv('NAPI_URL') . $path);
    $options = [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_USERPWD => getenv('NAPI_USER') . ':' . getenv('NAPI_PASSWORD'),
        CURLOPT_HTTPHEADER => ['Accept: application/json', 'Content-Type: application/json'],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => $seconds,
    ];
    if ($json !== null) {
        $options[CURLOPT_POSTFIELDS] = $json;
    }
    $of_environment = [
        'NAPI_CERTIFICATE' => CURLOPT_SSLCERT,
        'NAPI_KEY' => CURLOPT_SSLKEY,
        'NAPI_KEY_PASSPHRASE' => CURLOPT_KEYPASSWD,
        'NAPI_CA_FILE' => CURLOPT_CAINFO, // only for a local server
    ];
    foreach ($of_environment as $name => $option) {
        if (getenv($name) !== false) {
            $options[$option] = getenv($name);
        }
    }
    curl_setopt_array($curl, $options);
    $body = curl_exec($curl);
    if ($body === false) {
        throw new RuntimeException(curl_error($curl));
    }
    // An error has a text or JSON of another form: look at the status first.
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    if ($status !== 200) {
        throw new RuntimeException("HTTP $status: $body");
    }
    return json_decode($body, true, 128, JSON_THROW_ON_ERROR);
}

function verify(string $file): void
{
    // Not sent again if it fails: there is no idempotency key, and each one that arrives is billed. A verification may
    // take the service 120 s.
    $result = call('POST', '/verifications/v1/verify', file_get_contents($file), 130);
    $record = $result['Record'] ?? [];
    foreach ([...($result['Errors'] ?? []), ...($record['Errors'] ?? [])] as $error) {
        fwrite(STDERR, "service error {$error['Code']}: {$error['Message']}\n");
    }
    // Without a record id there is no result, whatever RecordStatus says.
    if (!isset($record['TransactionRecordID'])) {
        throw new RuntimeException("no result; transaction {$result['TransactionID']}");
    }
    echo "{$record['RecordStatus']} {$record['TransactionRecordID']}\n";
}

/** The id that the next callback names. In a service this is a page of your web server, and the id goes into a queue. */
function hint($receiver): ?string
{
    $connection = stream_socket_accept($receiver, 130) ?: throw new RuntimeException('no callback within 130 s');
    stream_set_timeout($connection, 10);
    $length = 0;
    while (($line = fgets($connection, 8192)) !== false && rtrim($line) !== '') {
        if (preg_match('/^content-length: *(\d+)/i', $line, $found)) {
            $length = min((int) $found[1], 65536);
        }
    }
    $body = $length > 0 ? stream_get_contents($connection, $length) : '';
    fwrite($connection, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    fclose($connection);
    $status = json_decode($body, true);
    return is_array($status) && is_string($status['TransactionId'] ?? null) ? $status['TransactionId'] : null;
}

function verify_later(string $file): void
{
    $port = getenv('CALLBACK_PORT') ?: '0';
    $receiver = stream_socket_server("tcp://127.0.0.1:$port") ?: throw new RuntimeException('no port for callbacks');
    $url = getenv('CALLBACK_URL') ?: 'http://' . stream_socket_get_name($receiver, false) . '/napi';
    $request = json_decode(file_get_contents($file), false, 128, JSON_THROW_ON_ERROR);
    $request->CallBackUrl = $url;
    $id = call('POST', '/verifications/v1/verify', json_encode($request))['TransactionID'];
    do {
        // Callbacks are not signed, come before the end and more than once: each is a hint to ask, and nothing else.
        while (hint($receiver) !== $id);
        $status = call('GET', '/verifications/v1/transaction/' . rawurlencode($id) . '/status');
        $is_final = in_array(
            strtolower($status['Status']),
            ['completed', 'complete', 'failed', 'canceled', 'timeoutcanceled'],
            true,
        );
    } while (!$is_final);
    if (!isset($status['TransactionRecordId'])) {
        throw new RuntimeException("{$status['Status']}, without a record; transaction $id");
    }
    $path = '/verifications/v1/transactionrecord/' . rawurlencode($status['TransactionRecordId']);
    $record = call('GET', $path)['Record'];
    echo "{$record['RecordStatus']} {$record['TransactionRecordID']}\n";
}

try {
    match ($argv[1] ?? '') {
        'hello' => print call('GET', '/connection/v1/testauthentication') . "\n",
        'verify' => verify($argv[2]),
        'callback' => verify_later($argv[2]),
    };
} catch (Throwable $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    exit(1);
}
