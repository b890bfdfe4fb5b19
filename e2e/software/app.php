<?php
// For PHP's built-in server: php -S 127.0.0.1:PORT app.php. Answers with what PHP has made of the request.
header('content-type: application/json');
echo json_encode([
    'method' => $_SERVER['REQUEST_METHOD'],
    // As most front controllers route it.
    'path' => rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/'),
    'host' => $_SERVER['HTTP_X_FORWARDED_HOST'] ?? $_SERVER['HTTP_HOST'] ?? null,
    'headers' => getallheaders(),
    'server' => array_filter($_SERVER, 'is_string'),
], JSON_PRETTY_PRINT | JSON_INVALID_UTF8_SUBSTITUTE);
