using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Pawl.Forges;

/// <summary>A request that a forge did not do. The message says what to do, and holds no secret.</summary>
internal sealed class ForgeFailure : Exception
{
    private const int SaidCharacters = 300;

    public ForgeFailure(string message, bool isTransient, Exception? inner = null) : base(message, inner) => IsTransient = isTransient;

    /// <summary>Whether the same request may work soon.</summary>
    public bool IsTransient { get; }

    /// <summary>The status; null where there was no answer.</summary>
    public HttpStatusCode? Status { get; private init; }

    /// <summary>How long the forge asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Makes a failure of an answer that is no success.</summary>
    /// <param name="caller">Who asked whom.</param>
    /// <param name="response">The answer.</param>
    /// <param name="body">Its body.</param>
    /// <param name="now">The time, against which a date in Retry-After counts.</param>
    public static ForgeFailure Of(ForgeCaller caller, HttpResponseMessage response, byte[] body, DateTimeOffset now)
    {
        var status = response.StatusCode;
        var wait = WaitOf(response, now);
        var isLimited = status == HttpStatusCode.TooManyRequests || (status == HttpStatusCode.Forbidden && wait is not null);
        var said = Said(body, caller.Secrets);
        var message = (isLimited, (int)status) switch
        {
            (true, _) => $"limits how often it may be asked{(wait is { } time ? string.Create(CultureInfo.InvariantCulture, $"; it asks to wait {Math.Ceiling(time.TotalSeconds)} s") : "")}. Try again later.",
            (_, 401) when !caller.HasToken => "wants a token. Set one where the configuration names it.",
            (_, 401) => "does not accept the token. Make a new one, and set it where the configuration names it.",
            (_, 403) when !caller.HasToken => $"does not let everyone do that. Set a token that has {caller.Needs}.",
            (_, 403) => $"does not let this token do that. Give it {caller.Needs} there{Accepted(response)}.",
            (_, 404) when !caller.HasToken => "knows nothing there, or does not show it to everyone. Check the repository's name and the address, or set a token.",
            (_, 404) => "knows nothing there, or does not let this token see it. Check the repository's name, the address, and what the token may see.",
            (_, 410) => "has it no more: issues are probably disabled. Enable them in the repository's settings, or name another.",
            (_, 400 or 409 or 422) => "refuses what was sent.",
            (_, >= 300 and < 400) => "has moved. Set its new address in the configuration.",
            (_, >= 500) => "fails. Try again later.",
            _ => "gives an answer that was not expected. Check the address.",
        };
        return new ForgeFailure(
            string.Create(CultureInfo.InvariantCulture, $"{caller.Name} {message} (HTTP {(int)status}{(said.Length > 0 ? ": " + said : "")})"),
            isLimited || (int)status >= 500 || status == HttpStatusCode.RequestTimeout)
        { Status = status, RetryAfter = wait };
    }

    // GitHub says 403 where it limits, with Retry-After or with no requests remaining and the second at which there are some again.
    private static TimeSpan? WaitOf(HttpResponseMessage response, DateTimeOffset now)
    {
        var asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => (TimeSpan?)null,
        };
        if (asked is null && Header(response, "x-ratelimit-remaining") == "0" && long.TryParse(Header(response, "x-ratelimit-reset"), CultureInfo.InvariantCulture, out var reset) && reset is > 0 and < 100_000_000_000)
            asked = DateTimeOffset.FromUnixTimeSeconds(reset) - now;
        return asked is { } wait ? (wait < TimeSpan.Zero ? TimeSpan.Zero : wait) : null;
    }

    // GitHub names the permissions that would do.
    private static string Accepted(HttpResponseMessage response) =>
        Header(response, "x-accepted-github-permissions") is { Length: > 0 and <= SaidCharacters } rights ? $" ({rights})" : "";

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    // Forges put their reason into "message" or "error"; of a page in HTML nothing is of use.
    private static string Said(byte[] body, IReadOnlyList<string> secrets)
    {
        try
        {
            var json = Json.Parse(body);
            if (json.ValueKind != JsonValueKind.Object || !(json.TryGetProperty("message", out var said) || json.TryGetProperty("error", out said))) return "";
            said = Json.Whole(said);
            var text = said.ValueKind == JsonValueKind.String ? said.GetString()! : said.GetRawText();
            if (json.TryGetProperty("errors", out var errors)) text += " " + errors.GetRawText();
            text = secrets.Where(secret => secret.Length > 0).Aggregate(text, (all, secret) => all.Replace(secret, "[secret]", StringComparison.Ordinal));
            return ShortText.Start(ForgeText.Shown(ForgeText.OneLine(text)), SaidCharacters);
        }
        catch (JsonException)
        {
            return "";
        }
    }
}

/// <summary>Who asks whom: what messages say of it.</summary>
/// <param name="Name">Whom one asks, for people; holds no secret.</param>
/// <param name="Secrets">What must not stand in a message, wherever an answer repeats it.</param>
/// <param name="Needs">The right that it takes, after "give it".</param>
/// <param name="HasToken">Whether a token is sent.</param>
internal sealed record ForgeCaller(string Name, IReadOnlyList<string> Secrets, string Needs, bool HasToken = true);
