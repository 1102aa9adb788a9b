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
        ["passw", "passphrase", "pwd", "secret", "cookie", "credential", "authorization", "bearer "],
        StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> Prefixes = SearchValues.Create(
        ["AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "AIza", "eyJ", "xox", "npm_", "hf_", "sk_live_", "sk_test_", "rk_live_", "rk_test_"],
        StringComparison.OrdinalIgnoreCase);

    // One word each: span.IndexOf that ignores case takes many times as long.
    private static readonly SearchValues<string> Token = SearchValues.Create(["token"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> Key = SearchValues.Create(["key"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> String = SearchValues.Create(["string"], StringComparison.OrdinalIgnoreCase);

    // What a secret's name ends with, its letters in lower case and taken alone: DB_PASSWORD_2, dbPassword, PGPASSWORD.
    private static readonly string[] Endings =
        ["password", "passwd", "pwd", "passphrase", "secret", "token", "cookie", "cookies", "credential", "credentials", "authorization",
         "apikey", "accesskey", "accountkey", "privatekey", "secretkey", "encryptionkey", "connectionstring"];

    private static readonly int LongestEnding = Endings.Max(ending => ending.Length);

    // What makes a key secret and is not found by its own word: "primary_key" and "monkey" are none.
    private static readonly string[] BeforeKey = ["api", "access", "account", "private", "encryption"];

    private static readonly string[] BeforeString = ["connection"];

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
            text = CookieHeader().Replace(text, "${name}" + Redacted);
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
        || text.Contains("://", StringComparison.Ordinal) || MayHoldToken(text)
        || Follows(text, Key, 3, BeforeKey) || Follows(text, String, 6, BeforeString);

    // "tokens_used" stands in nearly every event; a token is a member's whole name, or stands before a sign.
    private static bool MayHoldToken(ReadOnlySpan<char> text)
    {
        int at;
        while ((at = text.IndexOfAny(Token)) >= 0)
        {
            text = text[(at + 5)..];
            var next = text;
            while (next is ['_' or '-' or '.' or (>= '0' and <= '9'), ..]) next = next[1..];
            if (next is ['"' or '\'' or '\\' or '=' or ' ' or ':' or '\t' or '\n' or '\r', ..]) return true;
        }

        return false;
    }

    // "key" alone stands in nearly every event too.
    private static bool Follows(ReadOnlySpan<char> text, SearchValues<string> last, int length, string[] firsts)
    {
        for (int at, from = 0; (at = text[from..].IndexOfAny(last)) >= 0;)
        {
            var before = text[from..(from + at)];
            from += at + length;
            if (from < text.Length && char.IsAsciiLetter(text[from])) continue;
            while (before.Length > 0 && !char.IsAsciiLetter(before[^1])) before = before[..^1];
            foreach (var first in firsts)
            {
                if (before.EndsWith(first, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }

        return false;
    }

    private static bool IsSecretName(string name)
    {
        Span<char> letters = stackalloc char[LongestEnding];
        var start = letters.Length;
        for (var i = name.Length - 1; i >= 0 && start > 0; i--)
        {
            if (char.IsLetter(name[i])) letters[--start] = char.ToLowerInvariant(name[i]);
        }

        foreach (var ending in Endings)
        {
            if (letters[start..].EndsWith(ending)) return true;
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
                    Write(member.Value, to, secret || IsSecretName(member.Name));
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

    // A header's cookies are one secret up to the end of the line or of the quotes around it.
    [GeneratedRegex(@"(?<name>\bcookie:(?>\s{0,4}))(?!\[redacted\])[^\r\n""'\\]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CookieHeader();

    // A quoted value ends at its closing quote, also where the text is JSON inside JSON, and keeps its quotes: what was JSON stays JSON.
    // A bare "token:" is left alone: "unexpected token: }" is a message, not a secret; so is "--password is required".
    [GeneratedRegex("""
        (?<name>(?:
          (?:password|passwd|pwd|passphrase|secret|cookie|api[_\-\ ]?key|(?:access|account|private|secret|encryption)[_-]?key|(?:auth|access|refresh|id)[_-]?token)\\?["']?\s{0,4}[=:]
          |(?:token|credentials?|connection[_-]?string)(?:\\?["']\s{0,4}:|=)
          |(?<![\w-])--(?:[a-z0-9]{1,32}[_-]){0,4}(?:[a-z0-9]{0,32}(?:password|passwd|pwd|passphrase|secret|token|cookie|credentials?)|(?:api|access|account|private|secret|encryption)[_-]?key)[\ \t]{1,4}
            (?!-|[\ \t]|(?:is|are|was|must|may|can|cannot|should|has|needs?|requires?|and|or|not|for|to|with|in|option|flag)\b)
          |authorization\\?["']?\s{0,4}[=:]\s{0,4}(?:\\?["'])?(?:basic|bearer|token)?
        )\s{0,4})
        (?!\[redacted\])(?:(?<open>\\")(?:[^"\\]|\\\\\\?[\s\S])*(?<close>\\")?
          |(?<open>")(?:[^"\\]|\\[\s\S])*(?<close>")?
          |(?<open>')[^']*(?<close>')?
          |[^\s;,&"'}\]]+)
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();
}
