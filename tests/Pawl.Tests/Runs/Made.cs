using System.Text;
using System.Text.Json;
using Pawl.Runs;

namespace Pawl.Tests.Runs;

/// <summary>Records put together for tests.</summary>
internal static class Made
{
    public static readonly DateTimeOffset At = new(2026, 11, 20, 23, 57, 49, TimeSpan.Zero);

    public static Run Run(params Decision[] decisions) => new()
    {
        Id = RunId.Parse("run_1"),
        GoalId = "g",
        StartedAt = At,
        Status = RunStatus.Completed,
        CompletedAt = At.AddSeconds(1.5),
        Decisions = decisions,
    };

    public static Decision Decision(int n, bool? success = null, string? error = null, string summary = "") => new()
    {
        Id = $"dec_{n}",
        Timestamp = At,
        NodeId = "node",
        Intent = $"intent {n}",
        Options = Options("a", "b"),
        ChosenOptionId = "a",
        Outcome = success is { } s ? new Outcome { Success = s, Error = error, Summary = summary, TokensUsed = 10, LatencyMs = 3 } : null,
    };

    public static Option[] Options(params string[] ids) => [.. ids.Select(id => new Option { Id = id, Description = "does " + id })];

    public static Problem Problem(string severity, string description) =>
        new() { Id = "prob_" + description, Severity = severity, Description = description, Timestamp = At };

    /// <summary>The run as JSON, every member of it.</summary>
    public static string Text(Run run)
    {
        using var stream = new MemoryStream();
        using (var to = new Utf8JsonWriter(stream, Json.Plain)) run.WriteTo(to);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>The run that a JSON text holds.</summary>
    public static Run Parse(string json) => new RunJsonReader(Instants.Utc).Run(Json.Parse(json));
}
