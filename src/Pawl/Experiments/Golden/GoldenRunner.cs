using System.Globalization;
using System.Text;
using System.Text.Json;
using Pawl.Ledger;
using Pawl.Metrics;

namespace Pawl.Experiments.Golden;

/// <summary>
/// Replays golden traces through the real orchestrator, store, flags and ledger; only clock and sources are the trace's own. A step is a receipt:
/// <c>day 3.0 CheckMetrics running: no_difference_yet</c>.
/// </summary>
public static class GoldenRunner
{
    // An experiment of a year with hourly looks has fewer.
    private const int StepsMax = 20_000;

    /// <summary>Replays a trace.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="stage">An empty store and what belongs to it; its clock, metrics, sources, policy and planner are replaced.</param>
    /// <param name="clock">The clock that the stage's flags and receipts go by.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BadInputException">The trace's request or policy cannot be used.</exception>
    public static async Task<GoldenResult> RunAsync(GoldenTrace trace, ExperimentServices stage, GoldenClock clock, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(stage);
        ArgumentNullException.ThrowIfNull(clock);
        var definitions = trace.World.Metrics.ToDictionary(metric => metric.Key, Definition, StringComparer.Ordinal);
        var request = CanonicalJson.Serialize(trace.Request);
        var services = stage with
        {
            Clock = clock,
            Metrics = definitions,
            Sources = new Dictionary<string, IMetricSource>(StringComparer.Ordinal),
            Policy = trace.Policy.ValueKind == JsonValueKind.Undefined ? new Policy { Id = "golden.v1" } : PolicyReader.Read(CanonicalJson.Serialize(trace.Policy)),
            Planner = new RuleBasedPlanner(),
        };
        switch (await new Orchestrator(services).PlanAsync(request, cancellationToken).ConfigureAwait(false))
        {
            case StartOutcome.Planned(var contract, _):
                services = services with { Sources = new Dictionary<string, IMetricSource>(StringComparer.Ordinal) { [WorldSource.SourceName] = new WorldSource(trace, contract, stage.Experiments, clock) } };
                await CarryAsync(trace, contract, services, clock, request, cancellationToken).ConfigureAwait(false);
                return new GoldenResult(trace, Steps(contract, stage));
            case StartOutcome.Refused(var reasons):
                return new GoldenResult(trace, [.. reasons.Select(reason => "refused: " + reason)]);
            case StartOutcome.NeedsInput(var missing):
                return new GoldenResult(trace, ["needs input: " + string.Join(", ", missing.Select(field => field.Field))]);
            case var other:
                throw new InvalidOperationException($"{other} is no plan.");
        }
    }

    private static async Task CarryAsync(GoldenTrace trace, Contract contract, ExperimentServices services, GoldenClock clock, byte[] request, CancellationToken cancellationToken)
    {
        var crash = trace.Faults.OfType<GoldenFault.Crash>().FirstOrDefault();
        var flags = crash is null ? null : new CrashingFlags(services.Flags, crash.After);
        var started = false;
        for (var i = 0; i < StepsMax; i++)
        {
            // A new orchestrator each time: whatever it knows has to be in the store.
            var orchestrator = new Orchestrator(flags is null ? services : services with { Flags = flags });
            try
            {
                if (!started && await orchestrator.StartAsync(request, trace.Name, cancellationToken).ConfigureAwait(false) is StartOutcome.Refused(var reasons)) throw new BadInputException(string.Join("; ", reasons));
                started = true;
                await ApproveAsync(trace, contract, services, cancellationToken).ConfigureAwait(false);
                if (await orchestrator.AdvanceAsync(contract.Id, cancellationToken).ConfigureAwait(false) is not AdvanceOutcome.Waiting waiting) return;
                clock.MoveTo(waiting.Next);
            }
            catch (CrashingFlags.Died)
            {
                // The next one continues from what is in the store.
            }
        }

        throw new InvalidOperationException($"The golden trace {trace.Name} did not end after {StepsMax} steps.");
    }

    private static async Task ApproveAsync(GoldenTrace trace, Contract contract, ExperimentServices services, CancellationToken cancellationToken)
    {
        var experiment = services.Experiments.Read(view => view.Find(contract.Id))!;
        if (experiment.Approval is not { ApprovedBy: null } || experiment.StartedAt is not { } start) return;
        foreach (var approval in trace.Approvals.Where(approval => services.Now >= start.AddDays(approval.Day)))
            await new Orchestrator(services with { Actor = approval.Actor }).ApproveAsync(contract.Id, cancellationToken).ConfigureAwait(false);
    }

    private static MetricDefinition Definition(KeyValuePair<string, GoldenMetric> metric) => new()
    {
        Name = metric.Key,
        Source = WorldSource.SourceName,
        Kind = metric.Value.Kind,
        Better = metric.Value.Better,
        Input = new MetricInput.Event(metric.Key),
    };

    private static List<string> Steps(Contract contract, ExperimentServices services)
    {
        var receipts = services.Receipts.Read(view => view.List(new LedgerQuery(Contract: contract.Hash, Limit: StepsMax))).OrderBy(receipt => receipt.Seq).ToList();
        var experiment = services.Experiments.Read(view => view.Find(contract.Id));
        var start = experiment?.StartedAt ?? receipts.FirstOrDefault()?.At ?? default;
        List<string> steps = [.. receipts.Select(receipt => $"{Day(receipt.At - start)} {receipt.Tool}{(receipt.Ok ? "" : " refused")}{Verdict(receipt)}")];
        if (experiment is { EndedAt: { } ended, Verdict: { } verdict }) steps.Add($"{Day(ended - start)} ended: {verdict.State}{(verdict is Verdict.Promote(var arm, _) ? " " + arm : "")}");
        return steps;
    }

    private static string Verdict(Receipt receipt)
    {
        if (receipt is not { Tool: "CheckMetrics", Ok: true, Data: { } data }) return "";
        var verdict = VerdictJson.Read(Json.Parse(Encoding.UTF8.GetBytes(data)).GetProperty("verdict"));
        return $" {verdict.State}: {string.Join(", ", verdict.Reasons.Select(reason => reason.Name).Distinct(StringComparer.Ordinal))}";
    }

    private static string Day(TimeSpan since) => "day " + since.TotalDays.ToString("0.##", CultureInfo.InvariantCulture);
}

/// <summary>What came of a golden trace.</summary>
/// <param name="Trace">The trace.</param>
/// <param name="Steps">The steps that were made.</param>
public sealed record GoldenResult(GoldenTrace Trace, IReadOnlyList<string> Steps)
{
    /// <summary>Whether they are those that are expected.</summary>
    public bool IsAsExpected => Steps.SequenceEqual(Trace.Expected, StringComparer.Ordinal);
}
