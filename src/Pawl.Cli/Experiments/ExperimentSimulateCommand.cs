using System.CommandLine;
using System.Globalization;
using Pawl.Experiments;
using Pawl.Experiments.Simulation;
using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Cli.Experiments;

/// <summary><c>pawl experiment simulate REQUEST</c></summary>
internal static class ExperimentSimulateCommand
{
    private const int RunsMax = 1_000_000;

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("REQUEST") { Description = "The experiment's request, YAML or JSON, with a baseline." };
        var runs = new Option<string>("--runs") { Description = "Experiments for each truth. Default: 1000.", HelpName = "N", DefaultValueFactory = _ => "1000" };
        var seed = new Option<string>("--seed") { Description = "The seed: the same one gives the same answer. Default: 1.", HelpName = "SEED", DefaultValueFactory = _ => "1" };
        var effect = new Option<string?>("--effect") { Description = "The first treatment's true improvement, in the unit of the mde. Default: the mde.", HelpName = "X" };
        var kind = new Option<string>("--kind") { Description = "What the primary metric is where pawl.yaml does not define it: mean, proportion or ratio. Default: mean.", DefaultValueFactory = _ => "mean" };
        kind.AcceptOnlyFromAmong("mean", "proportion", "ratio");
        var better = new Option<string>("--better") { Description = "Where it improves, likewise: higher or lower. Default: higher.", DefaultValueFactory = _ => "higher" };
        better.AcceptOnlyFromAmong("higher", "lower");
        var command = new Command("simulate", "What an experiment would decide, how often rightly and after how long, before it is run.") { file, runs, seed, effect, kind, better };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var otherwise = new KnownMetric("", Enum.Parse<MetricKind>(parsed.GetValue(kind)!, ignoreCase: true), parsed.GetValue(better) == "lower" ? Side.Less : Side.Greater);
            var contract = SimulationInput.Read(await RequestFile.ReadAsync(parsed.GetValue(file)!, cancellationToken), context.Configuration(), otherwise);
            var report = ExperimentSimulation.Run(
                contract,
                (int)Whole(parsed.GetValue(runs)!, "--runs", 1, RunsMax),
                Whole(parsed.GetValue(seed)!, "--seed", 0, long.MaxValue),
                Effect(parsed.GetValue(effect)));
            if (context.IsJson) CommandContext.WriteJson(report.WriteTo);
            else Show(report, contract);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(SimulationReport report, Contract contract)
    {
        Terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Runs} experiments each, seed {report.Seed}. Planned: {report.Plan.Total} units in {Days(report.Plan.Days)} days; looking once: {report.FixedHorizon.Total} units in {Days(report.FixedHorizon.Days)} days."));
        if (contract.IsUnderpowered) Terminal.Markup($"[yellow]The plan takes longer than the {Days(contract.Request.MaxDurationDays)} days allowed, so that the power is below what was asked for.[/]");
        if (report.TakenToHold.Count > 0) Terminal.Line($"Taken to hold throughout: the guardrails on {string.Join(", ", report.TakenToHold)}.");
        var table = new Listing("truth", ">promote", ">rollback", ">guardrail stop", ">inconclusive", ">mean days", ">median", ">days saved") { LeaveOut = ["median", "guardrail stop"] };
        foreach (var truth in (SimulatedTruth[])[report.WithoutEffect, report.WithEffect])
        {
            table.Add(
                truth == report.WithoutEffect ? "no effect" : $"effect {truth.Effect.ToString("G6", CultureInfo.InvariantCulture)}",
                Share(truth.Count("promote")), Share(truth.Count("rollback")), Share(truth.Count("guardrail_stop")), Share(truth.Count("inconclusive")),
                Days(truth.MeanDays), Days(truth.MedianDays), Days(report.FixedHorizon.Days - truth.MeanDays));
        }

        table.Show();
        Terminal.Line($"Type I error {Rate(report.TypeOneError)}, power {Rate(report.Power)}.");

        string Share(int count) => Rate((double)count / report.Runs);
    }

    private static string Rate(double share) => share.ToString("0.0%", CultureInfo.InvariantCulture);

    private static string Days(double days) => days.ToString("0.0", CultureInfo.InvariantCulture);

    private static long Whole(string text, string option, long least, long most) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new BadInputException($"{option} is a whole number from {least} to {most}, not \"{text}\".");

    private static double? Effect(string? text)
    {
        if (text is null) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new BadInputException($"--effect is a number, not \"{text}\".");
    }
}
