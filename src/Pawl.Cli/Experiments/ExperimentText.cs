using System.Globalization;
using Pawl.Experiments;
using Pawl.Ledger;
using Pawl.Statistics;

namespace Pawl.Cli.Experiments;

/// <summary>What people read of an experiment.</summary>
internal static class ExperimentText
{
    private static readonly Dictionary<string, string> Colours = new(StringComparer.Ordinal)
    {
        ["promote"] = "green",
        ["guardrail_stop"] = "red",
        ["rollback"] = "red",
        ["inconclusive"] = "yellow",
        ["running"] = "blue",
    };

    public static string State(Experiment experiment) =>
        Colours.TryGetValue(experiment.State, out var colour) ? $"[{colour}]{experiment.State}[/]" : experiment.State;

    /// <summary>One line: what it is, where it stands, and since when.</summary>
    public static void Head(Experiment experiment)
    {
        var request = experiment.Contract.Request;
        Terminal.Markup($"[bold]{experiment.Id}[/]  {State(experiment)}  {Terminal.Plain(experiment.Contract.Terms.FlagKey)}  contract {experiment.Contract.Hash[..12]}");
        if (request.Hypothesis.Length > 0) Terminal.Line($"hypothesis   {request.Hypothesis}");
        Terminal.Line($"decided on   {request.PrimaryMetric}, {Word(request.Analysis.Method)}, α {Number(request.Analysis.Alpha)}, smallest effect {Number(request.Mde)} {(request.MdeKind == Difference.Relative ? "relative" : "absolute")}");
        Terminal.Line($"planned      {experiment.Contract.Terms.Plan.Total:N0} units in {experiment.Contract.Terms.Plan.Days.ToString("0.#", CultureInfo.InvariantCulture)} days, at most {Number(request.MaxDurationDays)} days{(experiment.Contract.IsUnderpowered ? " (too few for this effect: consider a longer duration or a larger mde)" : "")}");
        if (experiment.StartedAt is { } start) Terminal.Line($"started      {Terminal.Instant(start)} by {experiment.RegisteredBy}{(request.Ramp.Count > 1 ? $", at {Number(request.Ramp[experiment.RampStep])}% of {request.Population} (step {experiment.RampStep + 1} of {request.Ramp.Count})" : "")}");
        if (experiment.EndedAt is { } ended) Terminal.Line($"ended        {Terminal.Instant(ended)}");
    }

    /// <summary>A look: arms, effects, guardrails, the split, and what the rule makes of it.</summary>
    public static void Look(Experiment experiment, LookReport look)
    {
        Terminal.Title(string.Create(CultureInfo.InvariantCulture, $"Look {look.Number}, {Terminal.Instant(look.At)}, {look.ElapsedHours / 24:0.##} days after the start{(look.MayDecide ? "" : ", at the guardrails")}"));
        Arms(experiment, look);
        Effects(look);
        Guardrails(experiment, look);
        Terminal.Line();
        Terminal.Line($"split        {(look.SplitP is { } p ? $"p = {P(p)}{(p < SampleRatioTest.Alpha ? ": units did not arrive in the shares agreed on" : "")}" : "not tested yet")}, {look.Arms.Sum(arm => arm.Crossovers):N0} units seen in two arms");
        foreach (var fault in look.Faults) Terminal.Markup($"[red]fault[/]        {Terminal.Plain(fault)}");
        foreach (var restated in look.Restated) Terminal.Markup($"[yellow]restated[/]     {Terminal.Plain(restated)}");
        foreach (var (i, reason) in look.Verdict.Reasons.Index()) Terminal.Line($"{(i == 0 ? "verdict" : ""),-12} {(i == 0 ? look.Verdict.State + ": " : "")}{reason.Text}");
    }

    /// <summary>What comes next, and the receipts so far.</summary>
    public static void Next(Experiment experiment, DateTimeOffset now, IReadOnlyList<Receipt> receipts, IReadOnlyList<StoredTicket> tickets)
    {
        if (experiment.Approval is { ApprovedBy: null } waiting && experiment.Verdict is null) Terminal.Line($"waits for    a person's approval of {waiting.Arm}: pawl experiment approve {experiment.Id}");
        if (experiment is { EndedAt: null, StartedAt: { } start })
        {
            var left = start.AddDays(experiment.Contract.Request.MaxDurationDays) - now;
            Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"left         {Math.Max(0, left.TotalDays):0.#} days at most"));
        }

        foreach (var ticket in tickets) Terminal.Line($"ticket       {ticket.Id} {ticket.Title}");
        if (experiment.Ticket is { } opened && tickets.All(ticket => ticket.Id != opened)) Terminal.Line($"ticket       {opened}");
        if (experiment.Snapshot is { } snapshot) Terminal.Line($"dashboard    sha256 {snapshot[..16]}…: pawl experiment show {experiment.Id} --html FILE");
        Terminal.Title("Receipts");
        var table = new Listing(">seq", "=receipt", "=came", "tool", "=at", "message") { LeaveOut = ["at", "message"] };
        foreach (var receipt in receipts)
            table.Add($"{receipt.Seq}", Terminal.Plain(receipt.Ref), Ledger.LedgerContext.Outcome(receipt), Terminal.Plain(receipt.Tool), Terminal.Instant(receipt.At), Terminal.Plain(Terminal.Short(receipt.Message, 80)));
        table.Show();
    }

    private static void Arms(Experiment experiment, LookReport look)
    {
        var table = new Listing("arm", ">share", ">exposed", ">counted", ">" + experiment.Contract.Request.PrimaryMetric);
        var primary = look.Metrics.FirstOrDefault(metric => metric.IsPrimary);
        foreach (var (i, arm) in look.Arms.Index())
            table.Add(Terminal.Plain(arm.Name), Number(experiment.Contract.Request.Arms[i].Percent) + "%", arm.Exposed.ToString("N0", CultureInfo.InvariantCulture), arm.Units.ToString("N0", CultureInfo.InvariantCulture), Number(primary?.Values[i]));
        table.Show();
    }

    private static void Effects(LookReport look)
    {
        if (look.Metrics.All(metric => metric.Effects.Count == 0)) return;
        var table = new Listing("metric", "arm", "effect", ">estimate", ">lower", ">upper", ">p", "") { LeaveOut = ["effect", "p"] };
        foreach (var metric in look.Metrics)
        {
            foreach (var effect in metric.Effects)
            {
                table.Add(
                    Terminal.Plain(metric.Name) + (metric.IsPrimary ? " [bold]*[/]" : ""), Terminal.Plain(effect.Arm), effect.Difference == Difference.Relative ? "relative" : "absolute",
                    Number(effect.Estimate), Number(effect.Lower), Number(effect.Upper), effect.P is { } p ? P(p) : "", effect.Reason is { } reason ? $"[grey]{Word(reason)}[/]" : "");
            }
        }

        table.Show();
    }

    private static void Guardrails(Experiment experiment, LookReport look)
    {
        if (look.Guardrails.Count == 0) return;
        var table = new Listing("guardrail", "arm", "must be", ">is", ">bound", "=standing");
        foreach (var guardrail in look.Guardrails)
        {
            var isShare = experiment.Contract.IsShare(guardrail);
            table.Add(
                Terminal.Plain(guardrail.Metric), Terminal.Plain(guardrail.Arm), Terminal.Plain(guardrail.Demand), Level(guardrail.Estimate ?? (isShare ? null : Value(look, guardrail)), isShare), Level(guardrail.Bound, isShare),
                guardrail.Standing switch { GuardrailStanding.Holds => "[green]holds[/]", GuardrailStanding.Breached => "[red]breached[/]", _ => $"undecided{(guardrail.Reason is { } reason ? $": {Word(reason)}" : "")}" });
        }

        table.Show();
    }

    // Where nothing can be said of a limit yet, people still want to see the level. Harm is a comparison, and has none.
    private static double? Value(LookReport look, LookGuardrail guardrail) => guardrail.Demand.StartsWith("harm", StringComparison.Ordinal)
        ? null
        : look.Metrics.FirstOrDefault(metric => metric.Name == guardrail.Metric)?.Values[look.Arms.Index().First(arm => arm.Item.Name == guardrail.Arm).Index];

    private static string Level(double? level, bool isShare) => isShare && level is { } share ? Number(share * 100) + "% above" : Number(level);

    private static string Word(Reason reason) => Pawl.Experiments.Files.AnalysisJson.Word(reason).Replace('_', ' ');

    private static string Word(AnalysisMethod method) => method switch { AnalysisMethod.Sequential => "sequential", AnalysisMethod.GroupSequential => "group sequential", _ => "fixed" };

    private static string Number(double? number) => number?.ToString("G5", CultureInfo.InvariantCulture) ?? "";

    private static string P(double p) => p < 1e-4 ? "< 0.0001" : p.ToString("0.####", CultureInfo.InvariantCulture);
}
