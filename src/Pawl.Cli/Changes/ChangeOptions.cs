using System.CommandLine;
using Pawl.Changes;
using Pawl.Changes.Simulation;
using Pawl.Changes.Tampering;

namespace Pawl.Cli.Changes;

/// <summary>The options that <c>issue-to-pr</c> and <c>self-heal</c> share.</summary>
internal sealed class ChangeOptions
{
    private const int LanesMax = 16;

    private readonly Option<string> _repository = new("--repo") { Description = "A folder in the repository. Default: here.", DefaultValueFactory = _ => ".", HelpName = "DIR" };
    private readonly Option<string> _base = new("--base") { Description = "The commit to start from. Default: HEAD.", DefaultValueFactory = _ => "HEAD", HelpName = "COMMIT" };
    private readonly Option<string?> _agent = new("--agent") { Description = "The agent's command, run by sh; {prompt_file} in it becomes the path of the brief, else it comes on standard input. Default: $PAWL_AGENT_CMD, else agent.command in pawl.yaml.", HelpName = "COMMAND" };
    private readonly Option<string?> _sandbox = new("--sandbox") { Description = "What the sandbox must be: required (bubblewrap), best, or none. Default: agent.sandbox in pawl.yaml, else best.", HelpName = "WHICH" };
    private readonly Option<bool> _network = new("--network") { Description = "Let the agent use the network, as one that asks a model must. What it reads can then leave this machine." };
    private readonly Option<int> _lanes = new("--parallel") { Description = "So many agents work beside each other; the smallest green change is proposed.", DefaultValueFactory = _ => 1, HelpName = "N" };
    private readonly Option<int?> _attempts = new("--attempts") { Description = "Attempts that an agent may make. Default: as the gate file says.", HelpName = "N" };
    private readonly Option<string[]> _allow = new("--allow") { Description = "Findings to let through: " + string.Join(", ", FindingName.All) + ".", HelpName = "FINDING", AllowMultipleArgumentsPerToken = false };
    private readonly Option<bool> _push = new("--push") { Description = "Push the branch. Without it, nothing leaves this machine." };
    private readonly Option<bool> _open = new("--open-pr") { Description = "Push the branch and open a draft pull request at the forge of pawl.yaml." };
    private readonly Option<string> _remote = new("--remote") { Description = "Where to push. Default: origin.", DefaultValueFactory = _ => "origin", HelpName = "NAME" };
    private readonly Option<string?> _resume = new("--resume") { Description = "Go on with a change whose process was stopped: the one named, else the newest of this repository.", HelpName = "CHANGE", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _simulate = new("--simulate") { Description = "Show it on a small repository of its own with a scripted agent: good, bad or stuck.", HelpName = "AGENT" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _repository, _base, _agent, _sandbox, _network, _lanes, _attempts, _allow, _push, _open, _remote, _resume, _simulate }) command.Options.Add(option);
    }

    /// <summary>How the scripted agent is to behave; null: a real one.</summary>
    public Behaviour? Simulated(ParseResult parsed) => parsed.GetValue(_simulate) switch
    {
        null => null,
        "good" => Behaviour.Good,
        "bad" => Behaviour.Bad,
        "stuck" => Behaviour.Stuck,
        var other => throw new BadInputException($"There is no scripted agent \"{other}\": there are good, bad and stuck."),
    };

    /// <summary>Whether to go on with a change.</summary>
    public bool Resumes(ParseResult parsed) => parsed.GetResult(_resume) is { Implicit: false };

    /// <summary>The change to go on with; null: the newest.</summary>
    public string? Resumed(ParseResult parsed) => parsed.GetValue(_resume);

    /// <summary>The folder of the repository.</summary>
    public string Folder(ParseResult parsed) => Path.GetFullPath(parsed.GetValue(_repository)!);

    /// <summary>How many agents work beside each other.</summary>
    public int Lanes(ParseResult parsed) => Within(parsed.GetValue(_lanes), LanesMax, _lanes);

    /// <summary>The agent; null where none is configured.</summary>
    public AgentSettings? Agent(ParseResult parsed, CommandContext context)
    {
        var settings = context.Part("agent") is { } given ? AgentSettings.From(given) : new AgentSettings();
        if (parsed.GetValue(_agent) is { } command) settings = settings.With(command);
        else if (Environment.GetEnvironmentVariable("PAWL_AGENT_CMD") is { Length: > 0 } fromEnvironment) settings = settings.With(fromEnvironment);
        if (parsed.GetValue(_sandbox) is { } sandbox) settings = settings with { Sandbox = AgentSettings.PolicyOf(sandbox) };
        if (parsed.GetValue(_network)) settings = settings with { Network = true };
        return settings.Command.Count > 0 ? settings : null;
    }

    /// <summary>What is asked.</summary>
    public ChangeRequest Request(ParseResult parsed, ChangePurpose purpose, StoredIssue? issue, AgentSettings agent) => new()
    {
        Purpose = purpose,
        Folder = Folder(parsed),
        Base = parsed.GetValue(_base)!,
        Issue = issue,
        Agent = agent,
        Lanes = Lanes(parsed),
        Attempts = parsed.GetValue(_attempts) is { } attempts ? Within(attempts, 20, _attempts) : null,
        Allowed = [.. (parsed.GetValue(_allow) ?? []).SelectMany(given => given.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Select(FindingName.Parse).Distinct()],
        Push = parsed.GetValue(_push),
        OpenPullRequest = parsed.GetValue(_open),
        Remote = parsed.GetValue(_remote)!,
        ConventionsPath = Environment.GetEnvironmentVariable("AGENT_CONFIG"),
    };

    /// <summary>An option that asks for another thing than a change was begun with; null: none does.</summary>
    public string? Against(ParseResult parsed, ChangeRequest request, Change change)
    {
        (Option Option, bool IsSame)[] all =
        [
            (_base, change.Base.StartsWith(request.Base, StringComparison.Ordinal)), (_lanes, request.Lanes == change.Lanes.Count), (_attempts, request.Attempts == change.Attempts),
            (_allow, request.Allowed.ToHashSet().SetEquals(change.Allowed)), (_push, change.Pushes), (_open, change.OpensPullRequest), (_remote, request.Remote == change.Remote),
        ];
        return all.Where(each => parsed.GetResult(each.Option) is { Implicit: false } && !each.IsSame).Select(each => each.Option.Name).FirstOrDefault();
    }

    /// <summary>Whether a draft pull request is asked for.</summary>
    public bool OpensPullRequest(ParseResult parsed) => parsed.GetValue(_open);

    private static int Within(int value, int most, Option option) =>
        value >= 1 && value <= most ? value : throw new BadInputException($"{option.Name} {value} is not within 1 to {most}.");
}
