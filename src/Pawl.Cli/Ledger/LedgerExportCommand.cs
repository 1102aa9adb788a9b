using System.CommandLine;
using Pawl.Ledger;
using Pawl.Storage;

namespace Pawl.Cli.Ledger;

/// <summary><c>pawl ledger export --format in-toto</c></summary>
internal static class LedgerExportCommand
{
    private const int PageRows = 512;

    public static Command Create(CommandContext context)
    {
        var references = new Argument<string[]>("REF") { Description = "The receipts, by name or number. Default: all.", Arity = ArgumentArity.ZeroOrMore };
        var format = new Option<string>("--format") { Description = "The format: in-toto.", DefaultValueFactory = _ => "in-toto" };
        format.AcceptOnlyFromAmong("in-toto");
        var output = new Option<string?>("--out") { Description = "The file to write. Default: standard output.", HelpName = "FILE" };
        var command = new Command("export", "Export receipts as in-toto statements in signed DSSE envelopes, one JSON line each.") { references, format, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var given = parsed.GetValue(references)!;
            var file = parsed.GetValue(output);
            using var key = LedgerContext.Key(context);
            if (file is null)
            {
                await using var standard = new BufferedStream(Console.OpenStandardOutput());
                Export(database, key, given, standard);
                return ExitCode.Done;
            }

            var count = 0L;
            await LedgerFile.WriteAsync(file, to => count = Export(database, key, given, to), cancellationToken);
            if (context.IsJson)
            {
                CommandContext.WriteJson(to =>
                {
                    to.WriteStartObject();
                    to.WriteNumber("exported", count);
                    to.WriteString("file", file);
                    to.WriteEndObject();
                });
            }
            else
            {
                Terminal.Line($"{count} receipts exported to {file}");
            }

            return ExitCode.Done;
        });
        return command;
    }

    // A signature says that it was so: nothing of a ledger that does not hold is signed.
    private static long Export(Database database, LedgerKey key, string[] references, Stream to) => database.Ledger.Read(view =>
    {
        if (LedgerVerifier.Verify(view) is { Holds: false } report)
            throw new LedgerBrokenException($"The ledger does not hold, so nothing was exported: {report.Findings[0].Message} `pawl ledger verify` says more.");
        var count = 0L;
        foreach (var receipt in references.Length > 0 ? references.SelectMany(r => LedgerContext.Find(view, r)) : All(view))
        {
            to.Write(Attestation.Envelope(receipt, key));
            to.WriteByte((byte)'\n');
            count++;
        }

        to.Flush();
        return count;
    });

    private static IEnumerable<Receipt> All(ILedgerView view)
    {
        for (var next = 0L; ;)
        {
            var page = view.Page(next, PageRows);
            foreach (var row in page) yield return row.Receipt ?? throw new LedgerDamagedException($"Receipt {row.Seq} is damaged: {row.Damage}.");
            if (page.Count < PageRows) yield break;
            next = page[^1].Seq!.Value + 1;
        }
    }
}
