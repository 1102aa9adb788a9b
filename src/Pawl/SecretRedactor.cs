using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pawl;

/// <summary>What to take out of a record besides the secrets that Pawl knows by their shape.</summary>
public sealed class RedactionOptions
{
    /// <summary>Whether anything is redacted at all. Default: true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Own patterns; each match is replaced. They run on every string of every event, so they cost time.</summary>
    public IList<Regex> Patterns { get; } = [];
}

/// <summary>
/// Replaces secrets by <c>[redacted]</c> before anything is written: provider keys and tokens known by their prefix, JWTs,
/// private keys, passwords in connection strings and URLs, <c>name=value</c> pairs and members whose name says that the value is secret.
/// A net, not a proof: what looks like ordinary text passes.
/// </summary>
public sealed partial class SecretRedactor(RedactionOptions options)
{
    private const string Redacted = "[redacted]";

    // A few vectorised searches decide for nearly every event that there is nothing to do. Each pattern below needs at least one of these.
    // In groups, because a search for many unlike words stops at every third letter to look closer.
    private static readonly SearchValues<string> Words = SearchValues.Create(
        ["passw", "pwd", "secret", "api_key", "apikey", "api-key", "api key", "access_key", "accesskey", "access-key", "account_key", "account-key",
         "accountkey", "private", "credential", "authorization", "bearer ", "connectionstring", "connection_string", "connection-string"],
        StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> Prefixes = SearchValues.Create(
        ["AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "AIza", "eyJ", "xox", "npm_", "hf_", "sk_live_", "sk_test_", "rk_live_", "rk_test_"],
        StringComparison.OrdinalIgnoreCase);

    private readonly Regex[] _own = [.. options.Patterns];

    /// <summary>A redactor with the built-in patterns only.</summary>
    public static SecretRedactor Default { get; } = new(new RedactionOptions());

    /// <summary>The text without its secrets; the same instance when there are none.</summary>
    public string Redact(string text)
    {
        if (!options.Enabled) return text;
        if (MayHoldSecret(text))
        {
            text = KnownToken().Replace(text, Redacted);
            text = PrivateKey().Replace(text, Redacted);
            text = UrlPassword().Replace(text, "${before}" + Redacted + "@");
            text = Assignment().Replace(text, "${name}${open}" + Redacted + "${close}");
        }

        foreach (var pattern in _own) text = pattern.Replace(text, Redacted);
        return text;
    }

    /// <summary>One JSON value in UTF-8 without its secrets; the same bytes when there are none.</summary>
    /// <param name="json">The value.</param>
    /// <param name="clean">The part of it that was found to hold none before.</param>
    internal ReadOnlyMemory<byte> RedactJson(ReadOnlyMemory<byte> json, Range clean = default)
    {
        if (!options.Enabled) return json;
        var (start, length) = clean.GetOffsetAndLength(json.Length);
        if (_own.Length == 0 && !MayHoldSecret(json.Span[..start]) && !MayHoldSecret(json.Span[(start + length)..])) return json;
        using var document = JsonDocument.Parse(json, Json.Stored);
        var redacted = new ArrayBufferWriter<byte>(json.Length);
        using (var writer = new Utf8JsonWriter(redacted, Json.Plain)) Write(Json.Whole(document.RootElement), writer, secret: false);
        return redacted.WrittenMemory;
    }

    /// <summary>A JSON value without its secrets.</summary>
    internal JsonElement Redact(JsonElement value)
    {
        var utf8 = Encoding.UTF8.GetBytes(value.GetRawText());
        var redacted = RedactJson(utf8);
        if (redacted.Equals(utf8)) return value;
        using var document = JsonDocument.Parse(redacted, Json.Stored);
        return document.RootElement.Clone();
    }

    internal static bool MayHoldSecret(ReadOnlySpan<byte> json)
    {
        var chars = ArrayPool<char>.Shared.Rent(json.Length);
        var count = Encoding.UTF8.GetChars(json, chars);
        var found = MayHoldSecret(chars.AsSpan(0, count));
        ArrayPool<char>.Shared.Return(chars);
        return found;
    }

    private static bool MayHoldSecret(ReadOnlySpan<char> text) =>
        text.ContainsAny(Words) || text.ContainsAny(Prefixes) || text.Contains("sk-", StringComparison.Ordinal)
        || text.Contains("://", StringComparison.Ordinal) || MayHoldToken(text);

    // "tokens_used" stands in nearly every event; a token is a member's whole name, or stands before a sign.
    private static bool MayHoldToken(ReadOnlySpan<char> text)
    {
        int at;
        while ((at = text.IndexOf("token", StringComparison.OrdinalIgnoreCase)) >= 0)
        {
            text = text[(at + 5)..];
            if (text is ['"' or '\'' or '\\' or '=' or ' ' or ':', ..]) return true;
        }

        return false;
    }

    private void Write(JsonElement value, Utf8JsonWriter to, bool secret)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                to.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    to.WritePropertyName(member.Name);
                    Write(member.Value, to, secret || SecretName().IsMatch(member.Name));
                }

                to.WriteEndObject();
                break;
            case JsonValueKind.Array:
                to.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(item, to, secret);
                to.WriteEndArray();
                break;
            case JsonValueKind.String:
                var text = value.GetString()!;
                to.WriteStringValue(secret && text.Length > 0 ? Redacted : Redact(text));
                break;
            case JsonValueKind.Number when secret:
                to.WriteStringValue(Redacted);
                break;
            default:
                to.WriteRawValue(value.GetRawText(), skipInputValidation: true);
                break;
        }
    }

    [GeneratedRegex("""
        \b(?:AKIA|ASIA)[0-9A-Z]{16}\b
        |\bgh[pousr]_[A-Za-z0-9]{30,}
        |\bgithub_pat_[A-Za-z0-9_]{22,}
        |\bglpat-[A-Za-z0-9_-]{16,}
        |\bsk-[A-Za-z0-9_-]{16,}
        |\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}
        |\bxox[abprs]-[A-Za-z0-9-]{10,}
        |\bAIza[0-9A-Za-z_-]{30,}
        |\b(?:npm|hf)_[A-Za-z0-9]{30,}
        |\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*
        |(?<=\b[Bb]earer\s)[A-Za-z0-9._~+/=-]{20,}
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex KnownToken();

    [GeneratedRegex(@"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"(?<before>://[^\s/:@]{0,128}:)[^\s/@]{1,256}@", RegexOptions.CultureInvariant)]
    private static partial Regex UrlPassword();

    // A quoted value ends at its closing quote, also where the text is JSON inside JSON, and keeps its quotes: what was JSON stays JSON.
    // A bare "token:" is left alone: "unexpected token: }" is a message, not a secret.
    [GeneratedRegex("""
        (?<name>(?:
          (?:password|passwd|pwd|secret|api[_\-\ ]?key|access[_-]?key|account[_-]?key|private[_-]?key|(?:auth|access|refresh|id)[_-]?token)\\?["']?\s{0,4}[=:]
          |token\\?["']\s{0,4}:|token=
          |authorization\\?["']?\s{0,4}[=:]\s{0,4}(?:\\?["'])?(?:basic|bearer|token)?
        )\s{0,4})
        (?!\[redacted\])(?:(?<open>\\")(?:[^"\\]|\\\\\\?[\s\S])*(?<close>\\")?
          |(?<open>")(?:[^"\\]|\\[\s\S])*(?<close>")?
          |(?<open>')[^']*(?<close>')?
          |[^\s;,&"'}\]]+)
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();

    [GeneratedRegex("(?:^|[_.-])(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|client[_-]?secret|token|authorization|connection[_-]?string|credentials?)$"
        + "|^(?:(?:auth|access|refresh|id|bearer|session)token|accesstoken|clientsecret|secretkey|secret[_-]key)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();
}
