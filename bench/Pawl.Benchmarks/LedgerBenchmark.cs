using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pawl.Ledger;
using Pawl.Storage;

namespace Pawl.Benchmarks;

/// <summary>What a receipt costs to append, with the tree and without.</summary>
internal static class LedgerBenchmark
{
    private const double Seconds = 3;
    private const int Repetitions = 5;

    private static readonly JsonElement Args = JsonSerializer.SerializeToElement(new { flag_key = "checkout", variant = "treatmentA" });
    private static readonly JsonElement Data = JsonSerializer.SerializeToElement(new { from_version = 3, to_version = 4, document = new string('a', 64), why = "won" });

    private delegate void Append(Database database, ITransaction transaction, long n);

    public static async Task<int> RunAsync()
    {
        Report.Machine();
        await AppendingAsync();
        foreach (var receipts in (int[])[10_000, 100_000, 1_000_000]) await VerifyingAsync(receipts);
        return 0;
    }

    /// <summary>Verifies in a process of its own, so that its memory is its own too: a first time, and then until the compiler has settled.</summary>
    public static async Task<int> VerifyAsync(string path)
    {
        await using var database = Database.Open(path);
        var seconds = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            var start = Stopwatch.GetTimestamp();
            if (!LedgerVerifier.Verify(database.Ledger).Holds) return 1;
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        using var me = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds[0]} {Report.Median(seconds.Skip(1))} {me.PeakWorkingSet64}"));
        return 0;
    }

    private static async Task VerifyingAsync(int receipts)
    {
        using var folder = new ScratchFolder();
        var path = folder.File("pawl.db");
        KeyFile.Create(folder.File("key"));
        using (var key = LedgerKey.Load(folder.File("key")))
        await using (var database = Database.Open(path))
        {
            for (var from = 0; from < receipts; from += 5000)
            {
                await database.WriteAsync(tx =>
                {
                    for (var n = from; n < from + 5000; n++) WithTree(database, tx, n);
                    return 0;
                });
            }

            var made = (CheckpointOutcome.Made)await new LedgerCheckpoints(database, database.Ledger, key, new CheckpointFile(folder.File("checkpoints"))).MakeAsync();
            var proof = database.Ledger.Read(view => ReceiptProof.Of(view, view.Find(receipts / 3)!, made.Checkpoint));
            Report.Row($"a proof that a receipt is one of {receipts:N0}", $"{proof.Proof.Count} hashes, {JsonBytes(proof)} bytes with receipt, checkpoint and key");
        }

        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. DurableWriters.Self(), "verify", path]) { RedirectStandardOutput = true })!;
        var figures = (await child.StandardOutput.ReadToEndAsync()).Split(' ').Select(f => double.Parse(f, CultureInfo.InvariantCulture)).ToArray();
        await child.WaitForExitAsync();
        Report.Row($"verify {receipts:N0} receipts: first in a process, and warm", $"{receipts / figures[0]:N0} /s, {receipts / figures[1]:N0} /s", "≥ 100,000 /s");
        Report.Row($"peak memory of that process, {receipts:N0} receipts", $"{figures[2] / 1e6:N0} MB");
    }

    private static long JsonBytes(ReceiptProof proof)
    {
        using var bytes = new MemoryStream();
        using (var to = new Utf8JsonWriter(bytes)) proof.WriteTo(to);
        return bytes.Length;
    }

    // Alternating, so that both meet the same weather.
    private static async Task AppendingAsync()
    {
        await RateAsync(WithTree, 64, 1);
        await RateAsync(WithoutTree, 64, 1);
        foreach (var writers in (int[])[1, 64])
        {
            var (with, without) = (new List<double>(), new List<double>());
            for (var i = 0; i < Repetitions; i++)
            {
                with.Add(await RateAsync(WithTree, writers, Seconds));
                without.Add(await RateAsync(WithoutTree, writers, Seconds));
            }

            Report.Row($"receipts appended and on disk, {writers} writers, with the tree", $"{Report.Median(with):N0} /s");
            Report.Row($"the same rows without hashes, nodes and peaks, {writers} writers", $"{Report.Median(without):N0} /s");
        }

        var (treeCost, plainCost) = (new List<double>(), new List<double>());
        for (var i = 0; i < Repetitions; i++)
        {
            treeCost.Add(await InOneTransactionAsync(WithTree));
            plainCost.Add(await InOneTransactionAsync(WithoutTree));
        }

        var (tree, plain) = (Report.Median(treeCost), Report.Median(plainCost));
        Report.Row("a receipt within a transaction of 1,000, with and without the tree", $"{Report.Number(tree)} µs, {Report.Number(plain)} µs");
        Report.Row("what the tree adds to the insert", $"{(tree - plain) / plain:P0}", "≤ 25%");
    }

    private static async Task<double> RateAsync(Append append, int writers, double seconds)
    {
        using var folder = new ScratchFolder();
        await using var database = Database.Open(folder.File("pawl.db"));
        await database.WriteAsync(_ => 0);
        var (next, start) = (0L, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
            {
                var n = Interlocked.Increment(ref next);
                await database.WriteAsync(tx =>
                {
                    append(database, tx, n);
                    return 0;
                });
            }
        })));
        return next / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> InOneTransactionAsync(Append append)
    {
        const int batch = 1000;
        using var folder = new ScratchFolder();
        await using var database = Database.Open(folder.File("pawl.db"));
        var costs = new List<double>();
        for (var round = 0; round < 20; round++)
        {
            costs.Add(await database.WriteAsync(tx =>
            {
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < batch; i++) append(database, tx, (round * batch) + i);
                return Report.Microseconds(Stopwatch.GetTimestamp() - start) / batch;
            }));
        }

        return Report.Median(costs);
    }

    private static void WithTree(Database database, ITransaction transaction, long n)
    {
        var outcome = new ReceiptLedger(database.Ledger, TimeProvider.System).Append(transaction, new ReceiptDraft
        {
            Tool = "PromoteVariant",
            Ref = $"PROM-treatmentA@{n}",
            Key = Key(n),
            Args = Args,
            Actor = "os:bench",
            Subject = "flag:checkout",
            Message = "treatmentA is live for everyone.",
            Data = Data,
        });
        if (outcome is not AppendOutcome.Appended) throw new InvalidOperationException("A receipt was not appended.");
    }

    // The same checks and the same row, numbered from the same head, but nothing hashed and no node kept.
    private static void WithoutTree(Database database, ITransaction transaction, long n)
    {
        var db = DbSession.Of(transaction);
        var key = Key(n);
        if (database.Ledger.FindCompleted(transaction, key) is not null) throw new InvalidOperationException("A key was taken.");
        var seq = db.Number("update ledger_head set size = size + 1 where id = 1 returning size") - 1;
        db.Execute(
            """
            insert into receipts (seq, kind, tool, ok, ref, key, args_digest, actor, at, subject, contract, message, data, data_digest, nodes)
            values (@seq, 'result', @tool, 1, @ref, @key, @args, @actor, @at, @subject, @contract, @message, @data, @digest, @nodes)
            """,
            ("seq", seq), ("tool", "PromoteVariant"), ("ref", $"PROM-treatmentA@{n}"), ("key", key), ("args", CanonicalJson.Digest(Args)), ("actor", "os:bench"),
            ("at", TimeProvider.System.GetUtcNow().UtcTicks), ("subject", "flag:checkout"), ("contract", null), ("message", "treatmentA is live for everyone."),
            ("data", System.Text.Encoding.UTF8.GetString(CanonicalJson.Serialize(Data))), ("digest", null), ("nodes", Array.Empty<byte>()));
    }

    private static string Key(long n) => IdempotencyKey.Derive("PromoteVariant", "flag:checkout", n.ToString(CultureInfo.InvariantCulture), "treatmentA");
}
