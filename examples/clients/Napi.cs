// NAPI over mutual TLS, with .NET's HttpClient: hello, a verification, and one whose result comes later by a callback.
//
//   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... NAPI_PKCS12=napi.p12 NAPI_KEY_PASSPHRASE=... \
//   Napi hello | Napi verify request.json | Napi callback request.json
//
// Certificate and key come as PKCS#12, which every .NET reads ("openssl pkcs12 -export -in napi.pem -inkey napi.key
// -out napi.p12"). A local server is trusted once its authority is in the user's store of trusted roots (with Mono:
// "cert-sync --user ca.pem"): better than a callback that could end up in production. For a callback CALLBACK_URL is the public address of what forwards to CALLBACK_PORT of this machine.
// Without it this machine calls itself, for which the service has to be a local one. JSON is read by regular expressions
// here, so that the page needs no library; take System.Text.Json.

using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

static class Napi
{
    static readonly string[] Final = { "completed", "complete", "failed", "canceled", "timeoutcanceled" };

    static int Main(string[] arguments) => Run(arguments).GetAwaiter().GetResult();

    static async Task<int> Run(string[] arguments)
    {
        try
        {
            using (var client = NewClient())
            {
                switch (arguments[0])
                {
                    case "hello":
                        var hello = await Call(client, HttpMethod.Get, "/connection/v1/testauthentication");
                        Console.WriteLine(hello.Trim().Trim('"'));
                        return 0;
                    case "verify":
                        // Not sent again if it fails: there is no idempotency key, and each one that arrives is billed.
                        var request = File.ReadAllText(arguments[1]);
                        return Show(await Call(client, HttpMethod.Post, "/verifications/v1/verify", request));
                    case "callback":
                        return await VerifyLater(client, File.ReadAllText(arguments[1]));
                    default:
                        throw new ArgumentException("hello, verify or callback?");
                }
            }
        }
        catch (Exception error)
        {
            for (var it = error; it != null; it = it.InnerException) Console.Error.WriteLine(it.Message);
            return 1;
        }
    }

    static string Variable(string name) => Environment.GetEnvironmentVariable(name);

    static HttpClient NewClient()
    {
        // On .NET Framework: HttpClientHandler, and its ClientCertificates.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        if (Variable("NAPI_PKCS12") != null)
        {
            var passphrase = Variable("NAPI_KEY_PASSPHRASE") ?? "";
            var certificate = new X509Certificate2(Variable("NAPI_PKCS12"), passphrase);
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = new X509CertificateCollection { certificate },
                LocalCertificateSelectionCallback = (sender, host, own, server, issuers) => certificate,
            };
        }
        // A verification may take the service 120 s.
        var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(130) };
        var user = Encoding.UTF8.GetBytes(Variable("NAPI_USER") + ":" + Variable("NAPI_PASSWORD"));
        client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(user));
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return client;
    }

    static async Task<string> Call(HttpClient client, HttpMethod method, string path, string json = null)
    {
        using (var request = new HttpRequestMessage(method, Variable("NAPI_URL") + path))
        {
            if (json != null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
            using (var response = await client.SendAsync(request))
            {
                var body = await response.Content.ReadAsStringAsync();
                // An error has a text or JSON of another form: look at the status first.
                if (response.StatusCode != HttpStatusCode.OK)
                    throw new IOException("HTTP " + (int)response.StatusCode + ": " + body);
                return body;
            }
        }
    }

    static int Show(string result)
    {
        // Without a record id there is no result, whatever RecordStatus says.
        var record = Member(result, "TransactionRecordID");
        if (record == null)
            throw new IOException("no result; transaction " + Member(result, "TransactionID") + ": " + result);
        Console.WriteLine(Member(result, "RecordStatus") + " " + record);
        return 0;
    }

    static async Task<int> VerifyLater(HttpClient client, string request)
    {
        var receiver = new TcpListener(IPAddress.Loopback, int.Parse(Variable("CALLBACK_PORT") ?? "0"));
        receiver.Start();
        var port = ((IPEndPoint)receiver.LocalEndpoint).Port;
        var url = Variable("CALLBACK_URL") ?? "http://127.0.0.1:" + port + "/napi";
        var hints = new BlockingCollection<string>(1000);
        _ = Task.Run(() => { while (true) Receive(receiver.AcceptTcpClient(), hints); });
        var whole = new Regex(@"\{").Replace(request, "{\"CallBackUrl\":\"" + url + "\",", 1);
        var id = Member(await Call(client, HttpMethod.Post, "/verifications/v1/verify", whole), "TransactionID");
        var status = "";
        do
        {
            string hint;
            do
            {
                if (!hints.TryTake(out hint, TimeSpan.FromSeconds(130)))
                    throw new IOException("no callback within 130 s; transaction " + id);
            } while (hint != id);
            var path = "/verifications/v1/transaction/" + Uri.EscapeDataString(id) + "/status";
            status = await Call(client, HttpMethod.Get, path);
        } while (!Final.Contains(Member(status, "Status").ToLowerInvariant()));
        var record = Member(status, "TransactionRecordId");
        if (record == null)
            throw new IOException(Member(status, "Status") + ", without a record; transaction " + id);
        var found = "/verifications/v1/transactionrecord/" + Uri.EscapeDataString(record);
        return Show(await Call(client, HttpMethod.Get, found));
    }

    // Callbacks are not signed, come before the end and more than once: each is a hint to ask, and nothing else. In a
    // service this is a route of your web server.
    static void Receive(TcpClient connection, BlockingCollection<string> hints)
    {
        try
        {
            using (connection)
            {
                connection.ReceiveTimeout = 10000;
                var stream = connection.GetStream();
                var head = "";
                for (int next; !head.EndsWith("\r\n\r\n") && head.Length < 65536 && (next = stream.ReadByte()) >= 0;)
                    head += (char)next;
                var length = Regex.Match(head, @"^content-length: *(\d{1,5})\r$",
                    RegexOptions.IgnoreCase | RegexOptions.Multiline);
                var body = new byte[length.Success ? int.Parse(length.Groups[1].Value) : 0];
                for (int read, at = 0; at < body.Length; at += read)
                    if ((read = stream.Read(body, at, body.Length - at)) == 0) break;
                var answer = Encoding.ASCII.GetBytes("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
                stream.Write(answer, 0, answer.Length);
                var id = Member(Encoding.UTF8.GetString(body), "TransactionId");
                if (id != null) hints.TryAdd(id);
            }
        }
        catch (IOException)
        {
            // Not from the service.
        }
    }

    // The first member of this name that is a string, wherever it stands.
    static string Member(string json, string name)
    {
        var found = Regex.Match(json, "\"" + name + "\"\\s*:\\s*\"([^\"\\\\]*)\"");
        return found.Success ? found.Groups[1].Value : null;
    }
}
