using System.CommandLine;
using Pawl.Ledger;

namespace Pawl.Cli.Ledger;

/// <summary><c>pawl ledger show REF</c></summary>
internal static class LedgerShowCommand
{
    public static Command Create(CommandContext context)
    {
        var reference = new Argument<string>("REF") { Description = "The receipt's name, or its number." };
        var command = new Command("show", "Show a receipt, and the data that stands aside. A name may have several: an intent, failed tries, a result.") { reference };
        command.SetAction(async (parsed, _) =>
        {
            await using var database = context.OpenDatabase();
            var receipts = database.Ledger.Read(view =>
                LedgerContext.Find(view, parsed.GetValue(reference)!).Select(r => (Receipt: r, Body: r.DataDigest is { } digest ? view.Body(digest) : null, Holds: LedgerContext.Holds(view, r))).ToList());
            if (context.IsJson)
            {
                CommandContext.WriteJson(to =>
                {
                    to.WriteStartArray();
                    foreach (var (receipt, body, holds) in receipts) LedgerContext.Write(to, receipt, IsJson(body) ? body : null, holds);
                    to.WriteEndArray();
                });
            }
            else
            {
                foreach (var (receipt, body, holds) in receipts) Show(receipt, body, holds);
            }

            return receipts.TrueForAll(r => r.Holds) ? ExitCode.Done : ExitCode.AnswerIsNo;
        });
        return command;
    }

    private static bool IsJson(string? body)
    {
        if (body is null) return false;
        try
        {
            using var json = System.Text.Json.JsonDocument.Parse(body);
            return true;
        }
        catch (System.Text.Json.JsonException)
        {
            return false; // changed since; `verify` says so
        }
    }

    private static void Show(Receipt receipt, string? body, bool holds)
    {
        if (!holds) Terminal.Markup($"[red]Receipt {receipt.Seq} was changed:[/] its fields do not give the hash that its leaf has. `pawl ledger verify` says more.");
        Terminal.Markup($"[bold]{Terminal.Plain(receipt.Ref)}[/]  {LedgerContext.Outcome(receipt)}  receipt {receipt.Seq}  {Terminal.Instant(receipt.At)}");
        Terminal.Line($"{receipt.Actor} on {receipt.Subject} with {receipt.Tool}");
        if (receipt.Message.Length > 0) Terminal.Line(receipt.Message);
        Terminal.Line($"key      {receipt.Key}");
        Terminal.Line($"args     sha256 {receipt.ArgsDigest}");
        if (receipt.Contract is { } contract) Terminal.Line($"contract {contract}");
        Terminal.Line($"leaf     {Convert.ToHexStringLower(ReceiptEntry.LeafHash(receipt))}");
        if (receipt.Data is { } data) Terminal.Line($"data     {data}");
        if (receipt.DataDigest is { } digest) Terminal.Line($"data     {(body is null ? "missing" : $"{body.Length} characters aside; --json shows them")}, sha256 {digest}");
        Terminal.Line();
    }
}
