using System.Globalization;
using Pawl.Cli.Golden;
using Pawl.Cli.Ledger;
using Pawl.Experiments;
using Pawl.Experiments.Golden;
using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Storage;

namespace Pawl.Cli.Demo;

/// <summary>
/// The part of the demo about experiments: two changes, from request to receipts. Orchestrator, flags, statistics and ledger are the real ones; clock and
/// users are simulated.
/// </summary>
/// <param name="database">The demo's database.</param>
/// <param name="folder">Where the demo may write.</param>
internal sealed class DemoExperiments(Database database, string folder)
{
    // Always the same day, so that the demo is the same every time.
    private readonly GoldenClock _clock = new(new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero));

    /// <summary>The experiment that was promoted.</summary>
    public string Promoted { get; private set; } = "";

    /// <summary>Where checkpoints are copied to.</summary>
    public string Checkpoints => Path.Combine(folder, "checkpoints");

    public async Task DemonstrateAsync(CancellationToken cancellationToken)
    {
        DemoCommand.Heading("A new prompt for an agent, as an experiment. This is asked for");
        foreach (var line in DemoWorlds.Better.Request.Split('\n')) Terminal.Line("  " + line.TrimEnd('\r'));
        var better = await RunAsync(DemoWorlds.Better, cancellationToken);
        Promoted = better.Id;
        DemoCommand.Heading($"From here on it is a contract, {better.Id}. Its looks, on a clock that runs ahead");
        Looks(better);
        DemoCommand.Heading("It is better, so everyone gets it. Every step has a receipt");
        await ToldAsync(better, cancellationToken);

        DemoCommand.Heading("The next prompt solves more again, but from its second day on users complain");
        var harmful = await RunAsync(DemoWorlds.Harmful, cancellationToken);
        Looks(harmful);
        DemoCommand.Heading("Everyone has the old prompt back. No model was asked, and nobody had to be awake");
        await ToldAsync(harmful, cancellationToken);
        foreach (var ticket in database.Experiments.Read(view => view.Tickets(harmful.Id))) Terminal.Line($"  ticket for whoever comes in next: {ticket.Title}: {ticket.Description}");
    }

    private async Task<Experiment> RunAsync(DemoWorld world, CancellationToken cancellationToken)
    {
        await GoldenRunner.RunAsync(world.Trace, GoldenRunCommand.Stage(database, _clock) with { Actor = "agent:demo" }, _clock, cancellationToken);
        return database.Experiments.Read(view => view.All())[0];
    }

    private void Looks(Experiment experiment)
    {
        var table = new Listing(">day", ">in", ">units", ">effect", "=interval", ">complaints", "=verdict", "because") { LeaveOut = ["in", "because"] };
        foreach (var look in database.Experiments.Read(view => view.Looks(experiment.Id)))
        {
            var effect = look.Metrics[0].Effects.Count > 0 ? look.Metrics[0].Effects[0] : null;
            table.Add(
                (look.ElapsedHours / 24).ToString("0.##", CultureInfo.InvariantCulture), look.Coverage.ToString("0", CultureInfo.InvariantCulture) + "%", look.Arms.Sum(arm => arm.Exposed).ToString("N0", CultureInfo.InvariantCulture),
                Points(effect?.Lower is null ? null : effect.Estimate), effect?.Lower is null ? "" : $"{Points(effect.Lower)} to {Points(effect.Upper)}",
                look.Metrics.FirstOrDefault(metric => metric.Name == look.Guardrails[0].Metric)?.Values[1] is { } level ? Terminal.Percent(level) : "",
                ExperimentVerdict(look.Verdict.State), Terminal.Plain(Because(look)));
        }

        table.Show();
    }

    // Of a running experiment the intervals are in the table already; what is worth saying is that it widens.
    private static string Because(LookReport look) => look.Verdict switch
    {
        Verdict.Running { WidenTo: not null } => "no harm so far: widen to all",
        Verdict.Running running => running.Reasons[0].Code switch
        {
            VerdictCode.NotDue => "only the guardrail is looked at",
            VerdictCode.TooFew => "too few units to say anything",
            VerdictCode.NoDifferenceYet => "might still be chance",
            _ => running.Reasons[0].Text,
        },
        Verdict.Promote => "all of the interval is above 0: hardly chance",
        Verdict.GuardrailStop => "complaints are above 5%, and hardly chance",
        var verdict => verdict.Reasons[0].Text,
    };

    private static string ExperimentVerdict(string state) => state switch { "promote" => "[green]promote[/]", "running" => "[blue]running[/]", _ => $"[red]{state}[/]" };

    private static string Points(double? share) => share is { } value ? (value * 100).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) : "";

    private async Task ToldAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        var receipts = database.Ledger.Read(view => view.List(new LedgerQuery(Contract: experiment.Contract.Hash, Limit: 1000))).OrderBy(receipt => receipt.Seq);
        foreach (var receipt in receipts.Where(receipt => receipt.Tool is not "CheckMetrics" and not "SnapshotDashboard"))
            Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"  receipt {receipt.Seq,3}  {receipt.At:ddd dd MMM HH:mm}  {receipt.Ref,-20}  {receipt.Message}"));
        var key = experiment.Contract.Terms.FlagKey;
        var served = await GoldenRunCommand.Stage(database, _clock).Flags.ReadAsync(key, cancellationToken);
        Terminal.Line($"  read back: version {served!.Version} of {key} serves {served.Default} to {(served.HasRules ? "some" : "everyone")}");
    }

    /// <summary>Whether what was told holds, the changes to code included.</summary>
    public async Task VerifyAsync(CancellationToken cancellationToken)
    {
        DemoCommand.Heading("Need you believe it? pawl ledger verify says");
        using var key = TemporaryKey.Create(Path.Combine(folder, "ledger.pem"));
        var copies = new CheckpointFile(Checkpoints);
        _ = await new LedgerCheckpoints(database, database.Ledger, key, copies).MakeAsync(cancellationToken);
        var kept = copies.Of(database.Ledger.Read(Checkpoint.OriginOf)!);
        var witnesses = new LedgerWitnesses { Trusted = [key.PublicKey], Against = kept };
        LedgerVerifyCommand.Show(LedgerVerifier.Verify(database.Ledger, witnesses).With(FlagAudit.Run(database.Flags, database.Ledger)), witnesses, new SecondPlace(Checkpoints, kept, []));
    }
}
