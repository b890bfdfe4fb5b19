//! The words for each reason in German.

use super::Reason;
use super::explanation::Words;

/// Whom to ask.
const ASK: &str = "Wenden Sie sich an die Stelle, die diese Anwendung betreut.";
/// It may help at once.
const SIGN_IN_AGAIN: &str = "Melden Sie sich erneut an.";
/// It may help later.
const TRY_LATER: &str = "Versuchen Sie es gleich noch einmal.";
/// Either may help.
const TRY_LATER_OR_ASK: &str =
    "Versuchen Sie es später noch einmal, oder wenden Sie sich an die Stelle, die diese Anwendung betreut.";
/// The person may have mistyped it.
const CHECK_ADDRESS: &str = "Prüfen Sie die Adresse und versuchen Sie es noch einmal.";

const NOT_COMPLETED: &str = "Anmeldung nicht abgeschlossen";
const BAD_REQUEST: &str = "Ungültige Anfrage";
const REFUSED: &str = "Abgelehnt";

pub(super) fn german(reason: Reason) -> Words<'static> {
    let (title, what_happened, what_to_do) = match reason {
        Reason::SignInStarted | Reason::SignInElsewhere | Reason::AlreadySignedIn => ("Anmeldung", "", ""),
        Reason::SignedIn | Reason::SessionTrimmed => ("Angemeldet", "Sie sind angemeldet.", ""),
        Reason::SignedOut => ("Abgemeldet", "Sie sind von dieser Anwendung abgemeldet.", ""),
        Reason::SignedOutHere => (
            "Abgemeldet",
            "Sie sind von dieser Anwendung abgemeldet.",
            "Beim Anmeldedienst sind Sie vielleicht noch angemeldet, sodass die nächste Anmeldung nach nichts fragt. Auf \
             einem Computer, den auch andere benutzen, melden Sie sich bitte auch dort ab.",
        ),
        Reason::SignOutPage => (
            "Abmelden",
            "Sie sind bei dieser Anwendung angemeldet.",
            "Wenn Sie sich nicht abmelden wollen, schließen Sie diese Seite: Vielleicht hat eine andere Website Sie \
             hierher geschickt.",
        ),
        Reason::SignInPage => {
            ("Anmelden", "Diese Anwendung ist nur für Personen, die sich angemeldet haben.", "")
        }
        Reason::Status => ("", "", ""),
        Reason::NotSignedIn => (
            "Nicht angemeldet",
            "Dafür ist eine Anmeldung nötig, und mit der Anfrage kam keine gültige. Die Anfrage hat die Anwendung nicht \
             erreicht.",
            "Melden Sie sich im Browser an und senden Sie noch einmal, was Sie gesendet hatten.",
        ),
        Reason::BearerInvalid => (
            "Token nicht akzeptiert",
            "Das Bearer-Token der Anfrage gilt hier nicht.",
            "Holen Sie sich bei Ihrem Anbieter ein neues für diese Audience.",
        ),
        Reason::InsufficientScope => (
            "Token nicht ausreichend",
            "Das Bearer-Token der Anfrage erlaubt dies nicht.",
            "Holen Sie sich bei Ihrem Anbieter ein Token mit den genannten Scopes, oder bitten Sie um Zugriff.",
        ),
        Reason::StepUpNeeded => (
            "Noch einmal anmelden",
            "Dieser Teil der Anwendung verlangt eine stärkere oder neuere Anmeldung als Ihre.",
            "Melden Sie sich im Browser an und senden Sie noch einmal, was Sie gesendet hatten.",
        ),
        Reason::NotPermitted => (
            "Kein Zugriff",
            "Sie sind angemeldet, aber dieser Teil der Anwendung ist für Sie nicht freigegeben.",
            "Bitten Sie die Stelle, die diese Anwendung betreut, um Zugriff, oder melden Sie sich mit einem anderen Konto \
             an.",
        ),
        Reason::Closed => ("Kein Zugriff", "Dieser Teil der Anwendung ist für niemanden freigegeben.", ASK),
        Reason::HostInvalid => (BAD_REQUEST, "Die Anfrage nennt keinen gültigen Host.", CHECK_ADDRESS),
        Reason::PathInvalid => (BAD_REQUEST, "Die Anfrage hat keinen gültigen Pfad.", CHECK_ADDRESS),
        Reason::PathAmbiguous => {
            (BAD_REQUEST, "Die Adresse lässt sich auf mehr als eine Weise lesen.", CHECK_ADDRESS)
        }
        Reason::MethodInvalid => (
            BAD_REQUEST,
            "Die Methode der Anfrage enthält einen Kleinbuchstaben.",
            "Schreiben Sie die Methode in Großbuchstaben.",
        ),
        Reason::AuthParameterUnknown => (
            BAD_REQUEST,
            "Die Abfrage verlangt von Personen etwas, das hier nicht bekannt ist.",
            "Verwenden Sie allowed_groups, allowed_emails und allowed_email_domains.",
        ),
        Reason::PromptUnknown => (
            BAD_REQUEST,
            "Die Adresse verlangt von der Anmeldung etwas, das hier nicht bekannt ist.",
            "Verwenden Sie prompt=login oder prompt=select_account, und nur einmal.",
        ),
        Reason::LoginHintInvalid => (
            BAD_REQUEST,
            "Die Adresse nennt auf ungültige Weise, wer sich anmelden soll.",
            "Verwenden Sie login_hint einmal, mit einem kurzen Namen, oder lassen Sie es weg.",
        ),
        Reason::LoginIssuer => (
            BAD_REQUEST,
            "Die Adresse gehört zu einem anderen Anmeldedienst als dem dieser Anwendung.",
            "Öffnen Sie die Anwendung über ihre eigene Adresse.",
        ),
        Reason::AuthorizationAmbiguous => {
            (BAD_REQUEST, "Die Anfrage enthält mehr als eine Autorisierung.", "Senden Sie nur eine.")
        }
        Reason::MethodNotAllowed => {
            (BAD_REQUEST, "Diese Adresse lässt sich nur lesen.", "Öffnen Sie sie in einem Browser.")
        }
        Reason::CrossSite => (
            REFUSED,
            "Eine andere Website hat versucht, dies in Ihrem Namen zu tun.",
            "Öffnen Sie die Anwendung selbst und versuchen Sie es noch einmal.",
        ),
        Reason::HostNotLoopback => (
            REFUSED,
            "Diese Anwendung ist nur für die Entwicklung auf einem einzelnen Rechner eingerichtet.",
            "Benutzen Sie sie über eine Loopback-Adresse, oder wenden Sie sich an die Stelle, die sie betreut.",
        ),
        Reason::HostNotCovered => (
            REFUSED,
            "Unter dieser Adresse kann sich niemand bei dieser Anwendung anmelden.",
            "Benutzen Sie die übliche Adresse, oder wenden Sie sich an die Stelle, die sie betreut.",
        ),
        Reason::SignInUnknown => (
            NOT_COMPLETED,
            "Diese Anmeldung hat zu lange gedauert, wurde schon benutzt oder wurde in einem anderen Browser begonnen.",
            SIGN_IN_AGAIN,
        ),
        Reason::ResponseInvalid => {
            (NOT_COMPLETED, "Die Antwort des Anmeldedienstes war nicht lesbar.", SIGN_IN_AGAIN)
        }
        Reason::ResponseIssuer => {
            (NOT_COMPLETED, "Die Antwort kam nicht vom Anmeldedienst dieser Anwendung.", SIGN_IN_AGAIN)
        }
        Reason::ProviderDenied => (
            "Anmeldung abgelehnt",
            "Der Anmeldedienst hat Sie zu dieser Anwendung nicht zugelassen.",
            "Fragen Sie die Stelle, die diese Anwendung betreut, ob Sie ihr zugewiesen sind, oder melden Sie sich mit \
             einem anderen Konto an.",
        ),
        Reason::ProviderError => {
            (NOT_COMPLETED, "Der Anmeldedienst konnte die Anmeldung nicht abschließen.", TRY_LATER)
        }
        Reason::ParFailed => {
            ("Anmeldung nicht begonnen", "Der Anmeldedienst hat die Anmeldung nicht angenommen.", TRY_LATER)
        }
        Reason::ClientRefused => (
            "Anmeldung nicht eingerichtet",
            "Die Anmeldung bei dieser Anwendung ist nicht richtig eingerichtet, sodass sich zurzeit niemand anmelden kann.",
            ASK,
        ),
        Reason::TokenUnreachable => (
            NOT_COMPLETED,
            "Der Anmeldedienst hat nicht geantwortet.",
            "Laden Sie diese Seite gleich noch einmal, oder melden Sie sich erneut an.",
        ),
        Reason::TokenRefused => {
            (NOT_COMPLETED, "Der Anmeldedienst hat die Anmeldung nicht akzeptiert.", SIGN_IN_AGAIN)
        }
        Reason::TokenInvalid => {
            (NOT_COMPLETED, "Die Antwort des Anmeldedienstes war nicht lesbar.", TRY_LATER)
        }
        Reason::IdTokenInvalid => (
            NOT_COMPLETED,
            "Was der Anmeldedienst über Sie gesagt hat, ließ sich nicht überprüfen.",
            SIGN_IN_AGAIN,
        ),
        Reason::AcrNotReached => (
            "Anmeldung nicht stark genug",
            "Dieser Teil der Anwendung verlangt eine stärkere Anmeldung, etwa mit einem zweiten Faktor. Der Anmeldedienst \
             hat das nicht getan.",
            "Versuchen Sie es noch einmal, oder wenden Sie sich an die Stelle, die diese Anwendung betreut. Für alles \
             andere sind Sie angemeldet.",
        ),
        Reason::SignInTooOld => (
            "Anmeldung zu lange her",
            "Dieser Teil der Anwendung verlangt eine Anmeldung, die noch nicht lange her ist. Der Anmeldedienst hat Sie \
             nicht erneut gefragt.",
            "Versuchen Sie es noch einmal, oder wenden Sie sich an die Stelle, die diese Anwendung betreut. Für alles \
             andere sind Sie angemeldet.",
        ),
        Reason::SessionTooLarge => {
            (NOT_COMPLETED, "Was der Anmeldedienst über Sie sagt, ist mehr, als ein Browser aufbewahrt.", ASK)
        }
        Reason::CookieNotKept => (
            "Anmeldung nicht behalten",
            "Sie haben sich gerade angemeldet, aber Ihr Browser behält nicht alle Cookies dieser Anwendung.",
            "Erlauben Sie dieser Website Cookies, oder löschen Sie die vorhandenen, und melden Sie sich in einer Minute \
             erneut an. Wenn das nicht hilft, wenden Sie sich an die Stelle, die diese Anwendung betreut.",
        ),
        Reason::UserinfoFailed => {
            (NOT_COMPLETED, "Der Anmeldedienst hat nicht gesagt, wer Sie sind.", TRY_LATER)
        }
        Reason::ProviderNotReady => {
            ("Einen Moment", "Der Anmeldedienst ist zurzeit nicht erreichbar.", TRY_LATER)
        }
        Reason::Overloaded => ("Einen Moment", "Zu viele Personen warten auf ihre Anmeldung.", TRY_LATER),
        Reason::NoEntropy => (
            "Etwas ist schiefgegangen",
            "Eine Anmeldung konnte nicht sicher begonnen werden.",
            TRY_LATER_OR_ASK,
        ),
        Reason::Internal => {
            ("Etwas ist schiefgegangen", "Die Anfrage konnte nicht bearbeitet werden.", TRY_LATER_OR_ASK)
        }
    };
    Words { title, what_happened, what_to_do }
}
