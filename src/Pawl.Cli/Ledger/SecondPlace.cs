using Pawl.Ledger;
using Pawl.Storage;

namespace Pawl.Cli.Ledger;

/// <summary>What the second place of this host has of a ledger.</summary>
/// <param name="Path">The file; null where there is none with checkpoints of it.</param>
/// <param name="Checkpoints">Its checkpoints.</param>
/// <param name="Findings">Why it cannot be read, where it cannot.</param>
internal sealed record SecondPlace(string? Path, IReadOnlyList<Checkpoint> Checkpoints, IReadOnlyList<LedgerFinding> Findings)
{
    public static SecondPlace Read(CommandContext context, Database database)
    {
        if (Origin(database) is not { } origin) return new SecondPlace(null, [], []);
        var file = LedgerContext.Copies(context);
        var path = file.PathOf(origin);
        try
        {
            var checkpoints = file.Of(origin);
            return new SecondPlace(checkpoints.Count > 0 ? path : null, checkpoints, []);
        }
        catch (BadInputException e)
        {
            return new SecondPlace(path, [], [new LedgerFinding(LedgerFault.SecondPlace, null, $"The second place does not hold what Pawl wrote: {e.Message}")]);
        }
    }

    // Where the ledger is damaged so far, verifying it says so.
    private static string? Origin(Database database)
    {
        try
        {
            return database.Ledger.Read(Checkpoint.OriginOf);
        }
        catch (UnavailableException)
        {
            return null;
        }
    }
}
