using System.Diagnostics;
using System.Globalization;

namespace Pawl.Benchmarks;

/// <summary>What Pawl itself adds to a change: to the agent and to the runs of the gate, in all and by parts.</summary>
internal static class ChangesBenchmark
{
    public const string Usage = "changes [overhead | parts | feedback | parallel] …";

    private const int Repetitions = 3;
    private const string Budget = "≤ 5 % or 2 s";

    private static readonly int[] Sizes = [10, 20_000];

    public static async Task<int> RunAsync(IReadOnlyList<string> parts)
    {
        Report.Machine();
        if (parts.Count == 0) parts = ["overhead", "parts", "feedback", "parallel"];
        foreach (var part in parts)
        {
            switch (part)
            {
                case "overhead":
                    foreach (var files in Sizes) await OverheadAsync(files);
                    break;
                case "parts":
                    foreach (var files in Sizes) await WorkspaceCosts.RunAsync(files);
                    await SandboxCosts.RunAsync();
                    break;
                case "feedback":
                    FeedbackCosts.Run();
                    break;
                case "parallel":
                    foreach (var files in Sizes) await ParallelAsync(files);
                    break;
                default:
                    Console.Error.WriteLine($"usage: ./bench.sh {Usage}");
                    return 64;
            }
        }

        return 0;
    }

    /// <summary>Makes a change in a process of its own, so that its memory is its own too; what the gate says of the base is known by then.</summary>
    public static async Task<int> ChildAsync(int files, int lanes)
    {
        await using var stage = new ChangeStage(files);
        await stage.PlayAsync(Edit.Fix);
        var played = await stage.PlayAsync(Edit.Fix, lanes);
        using var me = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{played.Seconds} {me.PeakWorkingSet64}"));
        return 0;
    }

    private static async Task OverheadAsync(int files)
    {
        await using var stage = new ChangeStage(files);
        await stage.PlayAsync(Edit.Fix); // goes to the compiler
        // How often the gate runs does not depend on the size.
        foreach (var edit in files == Sizes[0] ? Enum.GetValues<Edit>() : [Edit.Fix])
        {
            var (first, known) = (new List<Beside>(), new List<Beside>());
            for (var i = 0; i < (edit == Edit.Fix ? Repetitions : 1); i++)
            {
                stage.Commit();
                first.Add(await BesideAsync(stage, edit));
                known.Add(await BesideAsync(stage, edit));
            }

            var what = edit switch { Edit.Fix => "a change without tests", Edit.FixAndTests => "a change that edits tests", _ => "a change with a new test" };
            Row($"{files:N0} files: {what}", first);
            Row("the same, the base commit known", known);
        }
    }

    // Alternating, so that both meet the same weather.
    private static async Task<Beside> BesideAsync(ChangeStage stage, Edit edit)
    {
        var played = await stage.PlayAsync(edit);
        return new Beside(played, stage.Directly(edit, played.GateRuns));
    }

    private static void Row(string work, IReadOnlyList<Beside> all)
    {
        var (direct, added) = (Report.Median(all.Select(b => b.Direct)), Report.Median(all.Select(b => b.Played.Seconds - b.Direct)));
        Report.Row(
            $"{work} ({all[0].Played.Rung.ToLowerInvariant()}): the gate ran, agent and gate alone, Pawl adds",
            $"{all[0].Played.GateRuns} times, {Report.Number(direct)} s, {Report.Number(added)} s ({Report.Number(100 * added / direct, "0")} %)",
            Budget);
    }

    private static async Task ParallelAsync(int files)
    {
        var (one, eight) = (new List<double[]>(), new List<double[]>());
        for (var i = 0; i < (files == Sizes[0] ? Repetitions : 1); i++)
        {
            one.Add(await InChildAsync(files, 1));
            eight.Add(await InChildAsync(files, 8));
        }

        Report.Row($"{files:N0} files: one attempt, 8 beside each other", $"{Seconds(one)} s, {Seconds(eight)} s");
        Report.Row("peak memory of Pawl in that: one, 8", $"{Megabytes(one)} MB, {Megabytes(eight)} MB");

        static string Seconds(List<double[]> all) => Report.Number(Report.Median(all.Select(figures => figures[0])));
        static string Megabytes(List<double[]> all) => Report.Number(Report.Median(all.Select(figures => figures[1])) / 1e6, "0");
    }

    private static async Task<double[]> InChildAsync(int files, int lanes)
    {
        string[] arguments = [.. DurableWriters.Self(), "attempts", files.ToString(CultureInfo.InvariantCulture), lanes.ToString(CultureInfo.InvariantCulture)];
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
        var text = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        return child.ExitCode == 0 ? [.. text.Split(' ').Select(figure => double.Parse(figure, CultureInfo.InvariantCulture))] : throw new InvalidOperationException("The attempts came to nothing.");
    }

    /// <summary>A change, and the seconds that its commands take without Pawl.</summary>
    private sealed record Beside(PlayedChange Played, double Direct);
}
