using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Pawl.Tests;

public sealed class SecretRedactorTests
{
    private const string Opaque = "Zq7Rk2Wm9Xp4Lt8Vb3Nc6Hd1Jf5Gs0Ya";

    // Put together here, so that no scanner takes this file for a leak.
    [Theory]
    [InlineData("sk-", Opaque)]
    [InlineData("sk-proj-", Opaque)]
    [InlineData("sk-ant-api03-", Opaque)]
    [InlineData("AKIA", "IOSFODNN7EXAMPLE")]
    [InlineData("ASIA", "IOSFODNN7EXAMPLE")]
    [InlineData("ghp_", Opaque)]
    [InlineData("gho_", Opaque)]
    [InlineData("ghs_", Opaque)]
    [InlineData("github_pat_", Opaque)]
    [InlineData("glpat-", "Zq7Rk2Wm9Xp4Lt8Vb3Nc")]
    [InlineData("sk_live_", Opaque)]
    [InlineData("rk_test_", Opaque)]
    [InlineData("xoxb-", "123456789012-abcdefABCDEF")]
    [InlineData("xoxp-", "123456789012-abcdefABCDEF")]
    [InlineData("AIza", Opaque + "abc")]
    [InlineData("npm_", Opaque + "abcd")]
    [InlineData("hf_", Opaque)]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N")]
    public void Redact_ATokenKnownByItsShape_IsGoneAndTheTextAroundStays(string prefix, string rest) =>
        Assert.Equal("I used [redacted] for it.", SecretRedactor.Default.Redact($"I used {prefix}{rest} for it."));

    [Theory]
    [InlineData("Authorization: Bearer {0}")]
    [InlineData("authorization: bearer {0}")]
    [InlineData("Authorization: Basic {0}")]
    [InlineData("{{\"Authorization\": \"Bearer {0}\"}}")]
    [InlineData("curl -H 'Authorization: token {0}'")]
    [InlineData("password={0}")]
    [InlineData("PASSWORD = {0}")]
    [InlineData("Host=db;Username=app;Password={0};Database=x")]
    [InlineData("Server=db;Uid=app;Pwd={0};Database=x")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={0};EndpointSuffix=x")]
    [InlineData("postgres://app:{0}@db:5432/x")]
    [InlineData("https://user:{0}@example.org/x")]
    [InlineData("redis://:{0}@cache:6379")]
    [InlineData("api_key={0}&q=1")]
    [InlineData("api-key: {0}")]
    [InlineData("the API key: {0}")]
    [InlineData("aws_secret_access_key = {0}")]
    [InlineData("client_secret: {0}")]
    [InlineData("https://example.org/?access_token={0}&page=2")]
    [InlineData("{{\"password\": \"{0}\"}}")]
    [InlineData("{{'api_key': '{0}'}}")]
    [InlineData("{{\\\"password\\\": \\\"{0}\\\"}}")]
    [InlineData("{{\"password\": \"a\\\\b{0}\"}}")]
    [InlineData("{{\"password\": \"a\\\"{0}\"}}")]
    [InlineData("{{\"connectionString\":\"{0}\"}}")]
    [InlineData("{{\"sessionCookie\":\"{0}\"}}")]
    [InlineData("dbPassword={0}")]
    [InlineData("passphrase: {0}")]
    [InlineData("githubToken={0}")]
    [InlineData("encryption_key={0}")]
    [InlineData("curl -H 'Cookie: theme=dark; sid={0}' https://example.org")]
    [InlineData("Set-Cookie: sid={0}; HttpOnly")]
    [InlineData("tool --password {0} --verbose")]
    [InlineData("tool --db-password '{0}'")]
    [InlineData("tool --token {0}")]
    [InlineData("tool --github-token \"{0}\"")]
    [InlineData("tool --api-key  {0}")]
    [InlineData("tool --apiKey {0}")]
    [InlineData("tool --secret-key\t{0}")]
    [InlineData("--passphrase {0}")]
    [InlineData("{{\"refresh_token\":\"{0}\"}}")]
    public void Redact_AValueNamedAsSecret_IsGone(string form)
    {
        var redacted = SecretRedactor.Default.Redact(string.Format(null, form, Opaque));

        Assert.DoesNotContain(Opaque, redacted);
        Assert.Contains("[redacted]", redacted);
    }

    [Fact]
    public void Redact_APrivateKey_IsGoneAsAWhole()
    {
        var key = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n" + Opaque + "\n-----END RSA " + "PRIVATE KEY-----";

        Assert.Equal("key:\n[redacted]\nend", SecretRedactor.Default.Redact($"key:\n{key}\nend"));
    }

    [Fact]
    public void Redact_APrivateKeyThatIsCutOff_IsGoneToTheEnd() =>
        Assert.Equal("[redacted]", SecretRedactor.Default.Redact("-----BEGIN " + "PRIVATE KEY-----\n" + Opaque));

    [Fact]
    public void Redact_APasswordInAnAddress_LeavesUserAndHost() =>
        Assert.Equal("postgres://app:[redacted]@db:5432/x", SecretRedactor.Default.Redact("postgres://app:hunter2@db:5432/x"));

    [Theory]
    [InlineData("tokens_used: 120, max_tokens=4096")]
    [InlineData("unexpected token: }")]
    [InlineData("Unexpected token < in JSON at position 0")]
    [InlineData("https://example.org:8080/path?page=2#top")]
    [InlineData("see https://example.org/@user and mail a@b.example")]
    [InlineData("a risk-free task-oriented desk-bound plan")]
    [InlineData("The bearer of this letter")]
    [InlineData("error: --password is required")]
    [InlineData("usage: tool --token --verbose --max-tokens 5 --key a --password-file b")]
    [InlineData("accept the cookies, press any key: primary key = 4, api keys")]
    [InlineData("He forgot his password.")]
    [InlineData("There is no secret here, and no API keys")]
    [InlineData("session eyJ starts")]
    [InlineData("sk-short")]
    public void Redact_OrdinaryText_IsTheSameInstance(string text) => Assert.Equal(text, SecretRedactor.Default.Redact(text));

    [Theory]
    [InlineData("password")]
    [InlineData("db_password")]
    [InlineData("PASSWORD")]
    [InlineData("pwd")]
    [InlineData("secret")]
    [InlineData("client_secret")]
    [InlineData("clientSecret")]
    [InlineData("api_key")]
    [InlineData("apiKey")]
    [InlineData("x-api-key")]
    [InlineData("openai.api_key")]
    [InlineData("token")]
    [InlineData("access_token")]
    [InlineData("accessToken")]
    [InlineData("private_key")]
    [InlineData("authorization")]
    [InlineData("connection_string")]
    [InlineData("connectionString")]
    [InlineData("credentials")]
    [InlineData("credential")]
    [InlineData("dbPassword")]
    [InlineData("userPassword")]
    [InlineData("PGPASSWORD")]
    [InlineData("password2")]
    [InlineData("DB_PASSWORD_1")]
    [InlineData("adminPwd")]
    [InlineData("sshPassphrase")]
    [InlineData("passphrase")]
    [InlineData("apiToken")]
    [InlineData("apiToken2")]
    [InlineData("token_1")]
    [InlineData("githubToken")]
    [InlineData("GITHUB_TOKEN")]
    [InlineData("awsSecretAccessKey")]
    [InlineData("AWS_SECRET_ACCESS_KEY")]
    [InlineData("openAIAPIKey")]
    [InlineData("api.key")]
    [InlineData("API Key")]
    [InlineData("storageAccountKey")]
    [InlineData("encryptionKey")]
    [InlineData("encryption_key_2")]
    [InlineData("sessionCookie")]
    [InlineData("cookie")]
    [InlineData("Set-Cookie")]
    [InlineData("proxyAuthorization")]
    [InlineData("Connection String")]
    [InlineData("dbConnectionString")]
    public void RedactJson_AMemberNamedAsSecret_LosesAllStringsAndNumbersInIt(string name)
    {
        var redacted = Json($$"""{"{{name}}":["open sesame",4711,{"a":"b"},true,null,""]}""");

        Assert.Equal($$"""{"{{name}}":["[redacted]","[redacted]",{"a":"[redacted]"},true,null,""]}""", redacted);
    }

    [Theory]
    [InlineData("""{"tokens_used":12,"max_tokens":4096,"total_tokens":5,"secretary":"Ann","passwordless":"yes","tokenizer":"x"}""")]
    [InlineData("""{"a" : 1.50, "b":"unexpected token\": }"}""")]
    [InlineData("""{"url":"https://example.org/a?b=c"}""")]
    public void RedactJson_NothingSecretInIt_ChangesNoValue(string json) =>
        Assert.True(JsonElement.DeepEquals(Pawl.Json.Parse(json), Pawl.Json.Parse(Json(json))));

    [Theory]
    [InlineData("tokens_used")]
    [InlineData("max_tokens")]
    [InlineData("totalTokens")]
    [InlineData("token_count")]
    [InlineData("tokenType")]
    [InlineData("tokenizer")]
    [InlineData("keyboard")]
    [InlineData("monkey")]
    [InlineData("primaryKey")]
    [InlineData("key")]
    [InlineData("publicKey")]
    [InlineData("api_keys")]
    [InlineData("passwordPolicy")]
    [InlineData("secretary")]
    [InlineData("cookieBanner")]
    public void RedactJson_AMemberNamedOrdinarily_KeepsItsValue(string name)
    {
        // The password lets the whole value be looked at.
        Assert.Equal($$"""{"{{name}}":"open","password":"[redacted]"}""", Json($$"""{"{{name}}":"open","password":"x"}"""));
    }

    [Fact]
    public void RedactJson_ASecretInTheMiddle_KeepsTheOrderOfMembersAndTheSpellingOfNumbers() => Assert.Equal(
        """{"z":1.50,"password":"[redacted]","a":[1e3,"ä€\n\u0001"],"m":null}""",
        Json("""{"z":1.50,"password":"x","a":[1e3,"ä€\n\u0001"],"m":null}"""));

    [Fact]
    public void RedactJson_JsonInsideAString_StaysReadableJson()
    {
        var inner = JsonSerializer.Serialize(new { user = "ann", password = Opaque, page = 2 });
        var outer = JsonSerializer.Serialize(new { arguments = inner });

        var redacted = Pawl.Json.Parse(Json(outer)).GetProperty("arguments").GetString()!;

        Assert.DoesNotContain(Opaque, redacted);
        Assert.Equal("ann", Pawl.Json.Parse(redacted).GetProperty("user").GetString());
        Assert.Equal(2, Pawl.Json.Parse(redacted).GetProperty("page").GetInt32());
    }

    [Fact]
    public void RedactJson_HalfASurrogatePairBesideASecret_TakesTheSecretOutAllTheSame()
    {
        var redacted = Json("""{"result":"cut \ud83d","password":"hunter2"}""");

        Assert.DoesNotContain("hunter2", redacted);
    }

    [Fact]
    public void Redact_AnOwnPattern_IsAppliedToEveryString()
    {
        var options = new RedactionOptions();
        options.Patterns.Add(new Regex("C-[0-9]{4}"));
        var redactor = new SecretRedactor(options);

        Assert.Equal("customer [redacted]", redactor.Redact("customer C-1234"));
        Assert.Equal("""{"a":["[redacted]"]}""", Encoding.UTF8.GetString(redactor.RedactJson("""{"a":["C-1234"]}"""u8.ToArray()).Span));
    }

    [Fact]
    public void Redact_SwitchedOff_ChangesNothing()
    {
        var redactor = new SecretRedactor(new RedactionOptions { Enabled = false });

        Assert.Equal("password=hunter2", redactor.Redact("password=hunter2"));
        Assert.Equal("""{"password":"x"}""", Encoding.UTF8.GetString(redactor.RedactJson("""{"password":"x"}"""u8.ToArray()).Span));
    }

    // Quadratic work on a megabyte would take minutes; the generous limit tells that from a slow machine.
    [Theory]
    [InlineData("a")]
    [InlineData("://")]
    [InlineData("://a:")]
    [InlineData("eyJ")]
    [InlineData("eyJaaaaaaaa.")]
    [InlineData("password")]
    [InlineData("password=")]
    [InlineData("password=\"")]
    [InlineData("password = ' ")]
    [InlineData("\\\"")]
    [InlineData("bearer ")]
    [InlineData("sk-")]
    [InlineData("xoxb-1")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    [InlineData("-----BEGIN ")]
    [InlineData("authorization: ")]
    [InlineData("key")]
    [InlineData("api key ")]
    [InlineData("key ")]
    [InlineData("cookie:")]
    [InlineData("cookie: ")]
    [InlineData("--a-")]
    [InlineData("--token ")]
    [InlineData("token_1")]
    public void Redact_AMegabyteOfHostileText_TakesLinearTime(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 1024 * 1024 / unit.Length));
        var watch = Stopwatch.StartNew();

        _ = SecretRedactor.Default.Redact("password=" + text);

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    private static string Json(string json) => Encoding.UTF8.GetString(SecretRedactor.Default.RedactJson(Encoding.UTF8.GetBytes(json)).Span);
}
