using Pawl.Benchmarks;

// Timed loops and processes instead of a micro-benchmark library: what is measured is a disk, a queue and several processes at once.
return args switch
{
    [] or ["runs"] => await RunsBenchmark.RunAsync(),
    ["record"] => await RunsBenchmark.RecordAsync(),
    ["durable"] => await DurableWriters.RunAsync(),
    ["statistics"] => StatisticsBenchmark.Run(),
    ["calibration", var experiments, var looks] => StatisticsBenchmark.Calibrate(int.Parse(experiments), int.Parse(looks)),
    ["import"] => await ImportBenchmark.RunAsync(),
    ["flags"] => await FlagsBenchmark.RunAsync(),
    ["ledger"] => await LedgerBenchmark.RunAsync(),
    ["verify", var database] => await LedgerBenchmark.VerifyAsync(database),
    ["writer", var database, var writers, var seconds] => await DurableWriters.ChildAsync(database, int.Parse(writers), double.Parse(seconds)),
    ["import", var database, var path] => await ImportBenchmark.ChildAsync(database, path),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: ./bench.sh [runs | record | durable | import | flags | ledger | statistics | calibration EXPERIMENTS LOOKS]");
    return 64;
}
