using System.Globalization;
using System.Text.RegularExpressions;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>One attempt of an agent: its command, in the sandbox, with the brief.</summary>
internal sealed partial class AgentRun(AgentSettings settings, GateLimits limits, Confinement confinement, TimeProvider time)
{
    private const int SaidCharacters = 4000;
    private const int FaultCharacters = 1000;
    private static readonly SecretRedactor Redactor = new(new RedactionOptions());

    /// <summary>Runs it in a checkout.</summary>
    /// <param name="checkout">The checkout.</param>
    /// <param name="brief">The file of the brief.</param>
    /// <param name="variables">What else it is told, by environment variables.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<AgentReport> RunAsync(Worktree checkout, string brief, IReadOnlyDictionary<string, string> variables, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var hasFile = settings.Command.Any(part => part.Contains(AgentSettings.PromptFile, StringComparison.Ordinal));
        var command = confinement.Command(Argv(brief), checkout, settings.Network, limits.Budget(limits.Wall)) with
        {
            Input = hasFile ? null : await File.ReadAllTextAsync(brief, cancellationToken).ConfigureAwait(false),
        };
        var git = AgentGit.Watch(checkout, confinement);
        var ended = await confinement.Sandbox.RunAsync(
            git.Watched(command with
            {
                ReadOnly = [.. command.ReadOnly, brief, .. settings.Read.Select(FromHome)],
                Environment = Variables(command.Environment, brief, variables),
            }),
            cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var said = WithoutSecrets(PlainText.Of(ended.Output.Text).Trim());
        var all = $"{ended.Output.Text}\n{ended.Error.Text}";
        return new AgentReport
        {
            End = ended.End,
            ExitCode = ended.ExitCode,
            Fault = Fault(ended, all),
            Said = said.Length <= SaidCharacters ? said : "… " + said[^(SaidCharacters - (char.IsLowSurrogate(said[^SaidCharacters]) ? 1 : 0))..],
            Notes = [.. ended.Notes, .. git.Notes(all, OneLine)],
            Tokens = Last(TokenCount(), all) is { } tokens && long.TryParse(tokens.Replace(",", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null,
            CostUsd = Last(Cost(), all) is { } cost && decimal.TryParse(cost, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var dollars) ? dollars : null,
            Took = time.GetElapsedTime(start),
        };
    }

    private string WithoutSecrets(string text) => Redactor.Redact(settings.Secrets().Without(text));

    private string OneLine(string text) => WithoutSecrets(string.Concat(PlainText.Of(text).Select(c => char.IsWhiteSpace(c) ? ' ' : c)));

    private IReadOnlyList<string> Argv(string brief) => settings.IsShell
        ? ["/bin/sh", "-c", settings.Command[0].Replace(AgentSettings.PromptFile, $"'{brief.Replace("'", "'\\''", StringComparison.Ordinal)}'", StringComparison.Ordinal)]
        : [.. settings.Command.Select(part => part.Replace(AgentSettings.PromptFile, brief, StringComparison.Ordinal))];

    private Dictionary<string, string> Variables(IReadOnlyDictionary<string, string> ordinary, string brief, IReadOnlyDictionary<string, string> variables)
    {
        var all = new Dictionary<string, string>(ordinary, StringComparer.Ordinal) { ["PAWL_PROMPT_FILE"] = brief };
        foreach (var (name, value) in variables) all[name] = value;
        foreach (var name in settings.Environment)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value) all[name] = value;
        }

        return all;
    }

    private string? Fault(CommandResult ended, string all) => ended.End switch
    {
        CommandEnd.Exited when ended.ExitCode == 0 => null,
        CommandEnd.Exited => string.Create(CultureInfo.InvariantCulture, $"the agent ended with exit code {ended.ExitCode}.{NetworkHint(all)}"),
        CommandEnd.TimedOut => $"the agent did not end within {Words.Time(limits.Wall)} and was stopped.",
        CommandEnd.OverDisk => string.Create(CultureInfo.InvariantCulture, $"the agent wrote more than {limits.DiskMegabytes} MiB and was stopped."),
        CommandEnd.OverProcesses => string.Create(CultureInfo.InvariantCulture, $"the agent had more than {limits.Processes} processes and was stopped."),
        CommandEnd.NotStarted => $"the agent could not be started: {ShortText.Start(OneLine(ended.Error.Text).Trim(), FaultCharacters)}",
        _ => "the agent was stopped.",
    };

    private string NetworkHint(string all) => !settings.Network && NoNetwork().IsMatch(all)
        ? " It seems to have wanted the network, which agents do not have unless pawl.yaml says agent: {network: allow} (or --network). Then what it reads can leave this machine."
        : "";

    private static string FromHome(string path) =>
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..]) : Path.GetFullPath(path);

    private static string? Last(Regex pattern, string text) => pattern.Matches(text).LastOrDefault()?.Groups["value"].Value;

    [GeneratedRegex(@"(?i:total[_ ]tokens|tokens[_ ]used|tokens)[""']?\s*[:=]\s*(?<value>[0-9][0-9,]{0,14})", RegexOptions.CultureInvariant)]
    private static partial Regex TokenCount();

    [GeneratedRegex(@"(?i:total_cost_usd|cost_usd|cost)[""']?\s*[:=]\s*\$?(?<value>[0-9]{1,9}(?:\.[0-9]{1,9})?)", RegexOptions.CultureInvariant)]
    private static partial Regex Cost();

    [GeneratedRegex(@"(?i:could not resolve|name resolution|ENOTFOUND|EAI_AGAIN|ENETUNREACH|network is unreachable|getaddrinfo|name or service not known|connection error|fetch failed)", RegexOptions.CultureInvariant)]
    private static partial Regex NoNetwork();
}

/// <summary>What an agent's command came to.</summary>
public sealed record AgentReport
{
    /// <summary>How it ended.</summary>
    public required CommandEnd End { get; init; }

    /// <summary>Its exit code.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Why its attempt ends here, in a sentence; null where it ended as it should.</summary>
    public string? Fault { get; init; }

    /// <summary>The end of what it printed: its own account, to be believed by nobody.</summary>
    public string Said { get; init; } = "";

    /// <summary>What it did besides its work, as the sandbox and its <c>.git</c> tell: <c>left 1 process behind; it was killed</c>, <c>tried to push: git push</c>.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The tokens that it says it used; null where it does not.</summary>
    public long? Tokens { get; init; }

    /// <summary>The US dollars that it says it cost; null where it does not.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Took { get; init; }
}
