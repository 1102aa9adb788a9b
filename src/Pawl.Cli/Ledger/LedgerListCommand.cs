using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Pawl.Ledger;

namespace Pawl.Cli.Ledger;

/// <summary><c>pawl ledger list</c></summary>
internal static class LedgerListCommand
{
    public static Command Create(CommandContext context)
    {
        var subject = new Option<string?>("--subject") { Description = "Only receipts on this: flag:checkout.", HelpName = "SUBJECT" };
        var tool = new Option<string?>("--tool") { Description = "Only receipts of this tool.", HelpName = "TOOL" };
        var contract = new Option<string?>("--contract") { Description = "Only receipts under the contract of this hash.", HelpName = "HASH" };
        var limit = new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 50, CustomParser = Limit, HelpName = "N" };
        var command = new Command("list", "List the newest receipts.") { subject, tool, contract, limit };
        command.SetAction(async (parsed, _) =>
        {
            await using var database = context.OpenDatabase();
            var query = new LedgerQuery(parsed.GetValue(subject), parsed.GetValue(tool), parsed.GetValue(contract), parsed.GetValue(limit));
            var receipts = database.Ledger.Read(view => view.List(query));
            if (context.IsJson) CommandContext.WriteJson(to => Write(to, receipts));
            else Show(receipts, query.Limit);
            return ExitCode.Done;
        });
        return command;
    }

    private static int Limit(ArgumentResult given)
    {
        if (int.TryParse(given.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= 100_000) return limit;
        given.AddError($"--limit is a whole number from 1 to 100000, not \"{given.Tokens[0].Value}\".");
        return 0;
    }

    private static void Write(System.Text.Json.Utf8JsonWriter to, IReadOnlyList<Receipt> receipts)
    {
        to.WriteStartArray();
        foreach (var receipt in receipts) LedgerContext.Write(to, receipt);
        to.WriteEndArray();
    }

    private static void Show(IReadOnlyList<Receipt> receipts, int limit)
    {
        if (receipts.Count == 0)
        {
            Terminal.Line("No receipts. Whatever changes something leaves one.");
            return;
        }

        var table = new Listing(">seq", "=receipt", "=came", "tool", "subject", "actor", "=at", "message") { LeaveOut = ["message", "actor", "at", "tool"] };
        foreach (var receipt in receipts)
        {
            table.Add(
                $"{receipt.Seq}", Terminal.Plain(receipt.Ref), LedgerContext.Outcome(receipt), Terminal.Plain(receipt.Tool), Terminal.Plain(Terminal.Short(receipt.Subject, 40)),
                Terminal.Plain(Terminal.Short(receipt.Actor, 30)), Terminal.Instant(receipt.At), Terminal.Plain(Terminal.Short(receipt.Message, 60)));
        }

        table.Show();
        if (receipts.Count == limit) Terminal.Line($"The newest {limit}; --limit shows more.");
    }
}
