using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pawl.Flags;

namespace Pawl.Benchmarks;

/// <summary>What an evaluation costs, beside Microsoft's feature manager and GrowthBook's own SDK in node, on the same flags and unit.</summary>
internal static class FlagsBenchmark
{
    private const int Rounds = 9;
    private const int Evaluations = 1_000_000;

    private const string Payload = """
        {"features": {
          "boolean": {"defaultValue": true},
          "split": {"defaultValue": "a", "rules": [{"key": "split", "seed": "split", "hashVersion": 2, "hashAttribute": "id",
            "variations": ["a", "b"], "weights": [0.5, 0.5], "coverage": 1}]},
          "targeted": {"defaultValue": "off", "rules": [
            {"condition": {"country": {"$in": ["DE", "FR", "IT"]}}, "force": "eu"},
            {"condition": {"plan": "enterprise", "country": "US"}, "force": "us"},
            {"condition": {"app_version": {"$vgte": "2.3.0"}}, "force": "new"}]}
        }}
        """;

    private const string Attributes = """{"id": "user-123456", "country": "CA", "plan": "pro", "app_version": "2.10.1"}""";

    private static readonly (string Key, string Shown)[] Flags =
        [("boolean", "a boolean flag"), ("split", "a 50/50 split"), ("targeted", "three targeting rules, the last compares versions")];

    public static async Task<int> RunAsync()
    {
        Report.Machine();
        var evaluator = new FlagEvaluator(FlagSet.Parse(Encoding.UTF8.GetBytes(Payload)));
        var context = new EvaluationContext(JsonSerializer.Deserialize<JsonElement>(Attributes));
        var peer = new FeatureManagementPeer();
        var growthbook = GrowthBook();
        foreach (var (key, shown) in Flags)
        {
            var ours = evaluator.Evaluate(key, context).Value.ToString();
            if (growthbook is not null && ours != growthbook[key].Value) throw new InvalidOperationException($"{key}: {ours} here, {growthbook[key].Value} in node.");
            Row($"{shown}: Pawl", Measure(() => evaluator.Evaluate(key, context).RuleId.Length), key == "targeted" ? "≤ 150 ns, 0 bytes" : "");
            Row($"{shown}: Microsoft.FeatureManagement 4.7.0", await peer.MeasureAsync(key, Measure));
            if (growthbook is null) Report.Row($"{shown}: @growthbook/growthbook in node", "not measured: there is no node with the package");
            else Row($"{shown}: @growthbook/growthbook in node", (growthbook[key].Nanoseconds, growthbook[key].Bytes));
        }

        LargeSnapshot();
        return 0;
    }

    private static void LargeSnapshot()
    {
        var large = new StringBuilder("{\"features\":{");
        for (var n = 0; n < 10_000; n++)
        {
            large.Append(CultureInfo.InvariantCulture, $"\"flag-{n}\":{{\"defaultValue\":\"off\",\"rules\":[")
                .Append("{\"condition\":{\"country\":{\"$in\":[\"DE\",\"FR\",\"IT\"]}},\"force\":\"eu\"},{\"condition\":{\"plan\":\"enterprise\",\"country\":\"US\"},\"force\":\"us\"},")
                .Append("{\"condition\":{\"app_version\":{\"$vgte\":\"2.3.0\"}},\"force\":\"new\"}]},");
        }

        large.Append(Payload.AsSpan(Payload.IndexOf("\"boolean\"", StringComparison.Ordinal)));
        var utf8 = Encoding.UTF8.GetBytes(large.ToString());
        var context = new EvaluationContext(JsonSerializer.Deserialize<JsonElement>(Attributes));
        var evaluator = new FlagEvaluator(FlagSet.Parse(utf8));
        var (reads, swaps) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            var next = FlagSet.Parse(utf8);
            reads.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            start = Stopwatch.GetTimestamp();
            evaluator.Replace(next);
            swaps.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }

        Report.Row($"10,003 flags in one payload of {utf8.Length / 1e6:0.0} MB: read and compile it", $"{Report.Number(Report.Median(reads), "0")} ms");
        Report.Row("put it in place of the former one", $"{Report.Number(Report.Median(swaps), "0")} ns");
        Row("three targeting rules among 10,003 flags: Pawl", Measure(() => evaluator.Evaluate("targeted", context).RuleId.Length), "as above");
        Row("the same while another thread reads and swaps all the time", WhileSwapping(evaluator, utf8, () => Measure(() => evaluator.Evaluate("targeted", context).RuleId.Length)));
    }

    private static (double, double) WhileSwapping(FlagEvaluator evaluator, byte[] utf8, Func<(double, double)> measure)
    {
        using var stop = new CancellationTokenSource();
        var swapping = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) evaluator.Replace(FlagSet.Parse(utf8));
        });
        var result = measure();
        stop.Cancel();
        swapping.GetAwaiter().GetResult();
        return result;
    }

    private static (double Nanoseconds, double Bytes) Measure(Func<int> evaluate)
    {
        var sum = 0;
        for (var i = 0; i < Evaluations; i++) sum += evaluate(); // until the compiler has settled
        var times = new List<double>();
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Evaluations; i++) sum += evaluate();
            times.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / Evaluations);
        }

        GC.KeepAlive(sum);
        return (Report.Median(times), (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / Rounds / Evaluations);
    }

    private static void Row(string work, (double Nanoseconds, double Bytes) figure, string budget = "") =>
        Report.Row(work, $"{Report.Number(figure.Nanoseconds, "0")} ns, {Report.Number(figure.Bytes, "0")} bytes", budget);

    // Fetches the package on first use; null where there is no node, npm or registry.
    private static Dictionary<string, (string Value, double Nanoseconds, double Bytes)>? GrowthBook()
    {
        const string folder = "bench/growthbook";
        if (!Directory.Exists($"{folder}/node_modules") && Run("npm", $"install --no-package-lock --silent --prefix {folder}") is null) return null;
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.File("payload.json"), Payload);
        File.WriteAllText(scratch.File("attributes.json"), Attributes);
        var lines = Run("node", $"--expose-gc {folder}/bench.js {scratch.File("payload.json")} {scratch.File("attributes.json")} {string.Join(' ', Flags.Select(f => f.Key))}");
        return lines?.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToDictionary(
            f => f.GetProperty("key").GetString()!,
            f => (f.GetProperty("value").ToString(), f.GetProperty("ns").GetDouble(), f.GetProperty("bytes").GetDouble()));
    }

    private static string? Run(string program, string arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
