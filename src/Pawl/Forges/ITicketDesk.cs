namespace Pawl.Forges;

/// <summary>Where tickets are opened that a person has to see. Opening happens outside Pawl's database, so every ticket carries its key and can be found again by it.</summary>
public interface ITicketDesk
{
    /// <summary>Its name, for receipts and people: <c>github:pawl/shop</c>. Holds no secret.</summary>
    string Name { get; }

    /// <summary>The ticket that carries a key; null where there is none.</summary>
    /// <exception cref="UnavailableException">The desk cannot be asked now; the message says why, and holds no secret.</exception>
    Task<OpenedTicket?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Opens a ticket that carries the key. Whoever is not sure whether it was opened before asks <see cref="FindAsync"/> first.</summary>
    /// <exception cref="UnavailableException">The desk cannot be asked now, or refuses; the message says why and what to do, and holds no secret.</exception>
    Task<OpenedTicket> OpenAsync(Ticket ticket, string key, CancellationToken cancellationToken);
}

/// <summary>Something that a person has to see.</summary>
/// <param name="Title">The title.</param>
/// <param name="Description">What happened, in Markdown.</param>
/// <param name="Severity">How severe: <c>high</c>.</param>
/// <param name="Owners">Whose it is, by their names at the desk; may be empty.</param>
public sealed record Ticket(string Title, string Description, string Severity, IReadOnlyList<string> Owners);

/// <summary>A ticket that was opened.</summary>
/// <param name="Id">Its id at the desk: <c>#12</c>.</param>
/// <param name="Url">Where it can be read; null where there is no such place.</param>
public sealed record OpenedTicket(string Id, string? Url);
