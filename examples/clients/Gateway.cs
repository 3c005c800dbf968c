// Hello and a verification by way of `napi-mtls gateway`, with .NET's HttpClient: no key, no certificate, no TLS.
//
//   NAPI_GATEWAY=http://127.0.0.1:8080 NAPI_USER=... NAPI_PASSWORD=... Gateway request.json
//
// JSON is read by regular expressions here, so that the page needs no library; take System.Text.Json.

using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

static class Gateway
{
    static readonly string Address = Environment.GetEnvironmentVariable("NAPI_GATEWAY") ?? "http://127.0.0.1:8080";

    static int Main(string[] arguments) => Run(arguments[0]).GetAwaiter().GetResult();

    static async Task<int> Run(string file)
    {
        try
        {
            // No proxy on the way to this machine; the gateway gives up after 150 s, and says so.
            var handler = new HttpClientHandler { AllowAutoRedirect = false, UseProxy = false };
            using (var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(160) })
            {
                var user = Environment.GetEnvironmentVariable("NAPI_USER") + ":" +
                    Environment.GetEnvironmentVariable("NAPI_PASSWORD");
                client.DefaultRequestHeaders.Authorization =
                    new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user)));
                client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));

                Console.WriteLine((await Call(client, "/connection/v1/testauthentication")).Trim('"'));
                // Not sent again if it fails: there is no idempotency key, and each one that arrives is billed.
                var result = await Call(client, "/verifications/v1/verify", File.ReadAllText(file));
                // Without a record id there is no result, whatever RecordStatus says.
                var record = Member(result, "TransactionRecordID");
                if (record == null) throw new IOException("no result; transaction " + Member(result, "TransactionID"));
                Console.WriteLine(Member(result, "RecordStatus") + " " + record);
                return 0;
            }
        }
        catch (Exception error)
        {
            for (var it = error; it != null; it = it.InnerException) Console.Error.WriteLine(it.Message);
            return 1;
        }
    }

    static async Task<string> Call(HttpClient client, string path, string json = null)
    {
        using (var request = new HttpRequestMessage(json == null ? HttpMethod.Get : HttpMethod.Post, Address + path))
        {
            if (json != null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
            using (var response = await client.SendAsync(request))
            {
                var body = await response.Content.ReadAsStringAsync();
                // What the gateway answers itself is application/problem+json: type, detail, side, remedy.
                if (response.StatusCode != HttpStatusCode.OK)
                    throw new IOException("HTTP " + (int)response.StatusCode + ": " + body);
                return body;
            }
        }
    }

    // The first member of this name that is a string, wherever it stands.
    static string Member(string json, string name)
    {
        var found = Regex.Match(json, "\"" + name + "\"\\s*:\\s*\"([^\"\\\\]*)\"");
        return found.Success ? found.Groups[1].Value : null;
    }
}
