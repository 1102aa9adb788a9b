namespace Pawl;

/// <summary>
/// An input that Pawl refuses: malformed, out of range, or an id that does not exist. The message says what was wrong,
/// where, and what to do. On the command line it ends with exit code 65, over HTTP with status 400.
/// </summary>
public sealed class BadInputException : Exception
{
    /// <summary>Creates the refusal with its complete, human-readable message.</summary>
    public BadInputException(string message) : base(message)
    {
    }

    /// <summary>Creates the refusal with its complete message and what caused it.</summary>
    public BadInputException(string message, Exception inner) : base(message, inner)
    {
    }
}

/// <summary>
/// Something outside Pawl is not available now: the database is locked, full, read-only or down. Trying again later, or
/// mending what the message names, helps. On the command line it ends with exit code 69.
/// </summary>
public sealed class UnavailableException : Exception
{
    /// <summary>Creates the failure with its complete, human-readable message.</summary>
    public UnavailableException(string message) : base(message)
    {
    }

    /// <summary>Creates the failure with its complete message and what caused it.</summary>
    public UnavailableException(string message, Exception inner) : base(message, inner)
    {
    }
}
