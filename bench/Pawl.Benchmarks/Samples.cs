using Pawl.Runs;

namespace Pawl.Benchmarks;

/// <summary>What is recorded: decisions of a size that agents really make.</summary>
internal static class Samples
{
    public static Option[] Options(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => new Option
        {
            Id = $"tool_{i:00}",
            Description = $"Use tool number {i} on the reservation",
            ActionType = "tool_call",
            ActionParams = i == 0 ? Json.From(new { reservation_id = "Z7GOZK", cabin = "economy" }) : Json.EmptyObject,
        }),
    ];

    public static Outcome Success { get; } = new()
    {
        Success = true,
        Result = Json.From(new { status = "ok", total = 305 }),
        TokensUsed = 231,
        LatencyMs = 87,
        Summary = "The reservation was updated",
    };

    /// <summary>A run of tool calls, some of which fail in one of a few ways.</summary>
    public static Run Run(int number, int decisions, DateTimeOffset at)
    {
        var random = new Random(number);
        var options = OptionsOf3;
        var failed = false;
        var made = new List<Decision>(decisions);
        for (var i = 0; i < decisions; i++)
        {
            var chosen = random.Next(options.Length);
            var success = random.NextDouble() > 0.06;
            failed |= !success;
            made.Add(new Decision
            {
                Id = $"dec_{i}",
                Timestamp = at.AddSeconds(i),
                NodeId = Nodes[random.Next(Nodes.Length)],
                Intent = Intents[random.Next(Intents.Length)],
                DecisionType = DecisionType.ToolSelection,
                Options = options,
                ChosenOptionId = options[chosen].Id,
                Reasoning = "The customer asked for it, and the policy allows it.",
                Outcome = success
                    ? Success with { Timestamp = at.AddSeconds(i) }
                    : new Outcome { Success = false, Error = $"Error: {Errors[random.Next(Errors.Length)]}, flight HAT{random.Next(100, 300)} on date 2024-05-{random.Next(10, 28)}", Timestamp = at.AddSeconds(i) },
            });
        }

        return new Run
        {
            Id = RunId.Parse($"run_{number:00000000}"),
            GoalId = "bench",
            StartedAt = at,
            CompletedAt = at.AddSeconds(decisions),
            Status = failed ? RunStatus.Failed : RunStatus.Completed,
            Decisions = made,
            NodesExecuted = Nodes,
        };
    }

    private static readonly string[] Errors =
    [
        "not available", "not enough seats", "payment refused", "card expired", "certificate used", "baggage too heavy", "passenger unknown", "reservation locked",
        "timeout", "rate limited", "policy forbids it", "wrong cabin", "price changed", "address missing", "already cancelled", "service down",
    ];

    private static readonly Option[] OptionsOf3 = Options(3);
    private static readonly string[] Nodes = ["plan", "search", "book", "confirm", "answer"];
    private static readonly string[] Intents = ["Find a flight", "Book the flight", "Change the date", "Refund the ticket", "Answer the customer", "Check the policy"];
}
