using System.Text.Json;
using Pawl.Runs;

namespace Pawl.Tests.Runs;

/// <summary>Any run there can be, drawn from a seed: unknown members on every level, odd texts, names of Pawl's own members.</summary>
internal sealed class RandomRun(int seed)
{
    private static readonly string[] Texts = ["", "plain", "ä€😀", "tab\tand \"quotes\" \\", "\u0001\u007f\u2028", "line\nline", "0", "null", "NUL \0 inside"];

    private static readonly string[] ExtraNames = ["x", "vendor.trace", "ünïcode", "event", "run_id", "n", "decision_id", "problem_id", "tag", "success", "options",
        "completed_at", "status", "severity", "extra", "node_id", "error"];

    private readonly Random _random = new(seed);

    public static Run Of(int seed) => new RandomRun(seed).Run();

    private Run Run()
    {
        var decisions = Many(6, Decision);
        return new Run
        {
            Id = RunId.Parse($"run_{seed}"),
            GoalId = "goal " + Word(),
            StartedAt = Instant(),
            Status = (RunStatus)_random.Next(5),
            CompletedAt = Maybe() ? Instant() : null,
            Decisions = decisions,
            Problems = Many(3, Problem),
            NodesExecuted = [.. decisions.Select(d => d.NodeId).Distinct()],
            EdgesTraversed = Many(3, _ => Word()),
            MetricsExtra = Extra(["nodes_executed", "edges_traversed", "success_rate"]),
            Narrative = "told " + Text(),
            GoalDescription = Text(),
            InputData = Object(),
            OutputData = Object(),
            Agent = Maybe() ? new AgentIdentity(Word(), TextOrNull(), TextOrNull()) { Extra = Extra() } : null,
            Served = Many(2, _ => new ServedFlag(Word(), _random.Next(), Word(), TextOrNull(), TextOrNull()) { Extra = Extra() }),
            Refs = Many(2, _ => new Reference(Word(), Word()) { Extra = Extra() }),
            Extra = Extra(["status", "completed_at"]),
        };
    }

    private Decision Decision(int n)
    {
        var options = Many(4, o => new Option
        {
            Id = $"o{o}",
            Description = Text(),
            ActionType = Text(),
            ActionParams = Object(),
            Pros = Many(2, _ => Text()),
            Cons = Many(2, _ => Text()),
            Confidence = _random.NextDouble(),
            Extra = Extra(),
        });
        var outcomes = Many(3, _ => Outcome());
        return new Decision
        {
            Id = $"dec_{n}",
            Timestamp = Instant(),
            NodeId = Word(),
            Intent = Text().Replace("\0", ""),
            DecisionType = (DecisionType)_random.Next(8),
            Options = options,
            ChosenOptionId = options.Count > 0 && Maybe() ? options[^1].Id : "gone",
            Reasoning = Text(),
            ActiveConstraints = Many(2, _ => Text()),
            InputContext = Object(),
            Outcome = outcomes.LastOrDefault(),
            EarlierOutcomes = [.. outcomes.SkipLast(1)],
            Evaluation = Maybe() ? Evaluation() : null,
            Extra = Extra(["node_id", "options"]),
        };
    }

    private Outcome Outcome() => new()
    {
        Success = Maybe(),
        Result = Value(2),
        Error = TextOrNull(),
        StateChanges = Object(),
        TokensUsed = _random.Next(),
        LatencyMs = _random.Next(),
        Summary = Text(),
        Timestamp = Maybe() ? Instant() : null,
        Extra = Extra(["success", "error"]),
    };

    private DecisionEvaluation Evaluation() => new()
    {
        GoalAligned = Maybe(),
        AlignmentScore = _random.NextDouble(),
        BetterOptionExisted = Maybe(),
        BetterOptionId = TextOrNull(),
        WhyBetter = TextOrNull(),
        OutcomeQuality = _random.NextDouble(),
        ContributedToSuccess = Maybe() ? Maybe() : null,
        Explanation = Text(),
        Extra = Extra(),
    };

    private Problem Problem(int n) => new()
    {
        Id = $"prob_{n}",
        Severity = Word(),
        Description = Text(),
        RootCause = TextOrNull(),
        DecisionId = TextOrNull(),
        Timestamp = Instant(),
        SuggestedFix = TextOrNull(),
        Extra = Extra(["severity", "decision_id"]),
    };

    private Dictionary<string, JsonElement> Extra(string[]? except = null)
    {
        var extra = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (_random.Next(3) > 0) return extra;
        foreach (var name in _random.GetItems(ExtraNames, 2))
        {
            if (except is null || !except.Contains(name)) extra[name] = Value(2);
        }

        return extra;
    }

    private JsonElement Object() => Maybe() ? Json.EmptyObject : Json.Parse($$"""{"k":{{Value(1).GetRawText()}}}""");

    private JsonElement Value(int depth) => Json.Parse(_random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => "null",
        1 => Maybe() ? "true" : "false",
        2 => _random.Next(-5, 5).ToString(),
        3 => _random.NextDouble().ToString("R"),
        4 => JsonSerializer.Serialize(Text()),
        5 => $"[{Value(depth - 1).GetRawText()}]",
        _ => $$"""{"a":{{Value(depth - 1).GetRawText()}}}""",
    });

    // Whole microseconds, as JSON writers have them.
    private DateTimeOffset Instant() => Made.At.AddMicroseconds(_random.NextInt64(-1_000_000_000_000, 1_000_000_000_000));

    private List<T> Many<T>(int most, Func<int, T> make) => [.. Enumerable.Range(0, _random.Next(most + 1)).Select(make)];

    private string Text() => Texts[_random.Next(Texts.Length)];

    private string Word() => "w" + Text().Replace("\0", "") + _random.Next(3);

    private string? TextOrNull() => Maybe() ? Text() : null;

    private bool Maybe() => _random.Next(2) == 0;
}
