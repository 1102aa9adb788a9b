using Pawl.Benchmarks;

// Timed loops and processes instead of a micro-benchmark library: what is measured is a disk, a queue and several processes at once.
var benchmarks = new Dictionary<string, Func<Task<int>>>(StringComparer.Ordinal)
{
    ["runs"] = RunsBenchmark.RunAsync,
    ["record"] = RunsBenchmark.RecordAsync,
    ["durable"] = DurableWriters.RunAsync,
    ["import"] = ImportBenchmark.RunAsync,
    ["flags"] = FlagsBenchmark.RunAsync,
    ["ledger"] = LedgerBenchmark.RunAsync,
    ["experiments"] = ExperimentsBenchmark.RunAsync,
    ["statistics"] = () => Task.FromResult(StatisticsBenchmark.Run()),
};

switch (args)
{
    case ["calibration", var table, var experiments, var looks]:
        return CalibrationBenchmark.Run(table, int.Parse(experiments), int.Parse(looks));

    case ["metrics", .. var how]:
        return await MetricsBenchmark.RunAsync(how);

    case ["changes", .. var parts]:
        return await ChangesBenchmark.RunAsync(parts);

    // The processes that the benchmarks start.
    case ["attempts", var files, var lanes]:
        return await ChangesBenchmark.ChildAsync(int.Parse(files), int.Parse(lanes));
    case ["verify", var database]:
        return await LedgerBenchmark.VerifyAsync(database);
    case ["writer", var database, var writers, var seconds]:
        return await DurableWriters.ChildAsync(database, int.Parse(writers), double.Parse(seconds));
    case ["import", var database, var path] when !benchmarks.ContainsKey(database):
        return await ImportBenchmark.ChildAsync(database, path);
}

string[] names = args.Length == 0 ? ["runs"] : args;
if (names.Any(name => !benchmarks.ContainsKey(name)))
{
    Console.Error.WriteLine($"usage: ./bench.sh [{string.Join(" | ", benchmarks.Keys)}] …, {MetricsBenchmark.Usage}, {ChangesBenchmark.Usage}, or {CalibrationBenchmark.Usage}");
    return 64;
}

foreach (var name in names)
{
    if (await benchmarks[name]() is not 0 and var failed) return failed;
}

return 0;
